/** The commands about quotas, and what a running server does for them. */
import type { Command } from 'commander';
import type { Command as ControlCommand } from '#server/control.ts';
import { workOn } from './offline.ts';
import { jsonFlag, type Output, print } from './output.ts';
import {
  openQuotaDesk,
  type QuotaDesk,
  type QuotaInput,
  requirePlace,
  requireProfile,
  requireValue,
  requireWhich,
  type ShownQuotas,
} from './quota.ts';
import { addDataOptions, type DataOptions, readSettings, UsageError } from './settings.ts';
import { table } from './table.ts';

/** By the names that the control socket has for them. */
export function quotaControls(desk: QuotaDesk): readonly (readonly [string, ControlCommand])[] {
  return [
    ['quota/show', (input) => desk.show(Object(input))],
    ['quota/profile', (input) => desk.setProfile(Object(input))],
    ['quota/set', (input) => desk.set(Object(input))],
    ['quota/reset', (input) => desk.reset(Object(input))],
  ];
}

type Options = Output & QuotaInput & { readonly all?: boolean };

export function addQuotaCommands(program: Command): void {
  const quota = program.command('quota').description('how many requests there may be a second, and how much of what');
  const forSome = (command: Command) =>
    addDataOptions(command)
      .option('--account <id>', 'of this account alone')
      .option('--region <region>', 'in this Region alone')
      .option(...jsonFlag);

  forSome(quota.command('show'))
    .description('list the quotas that are in force')
    .action(async ({ json, account, region }: Options, command) => {
      requirePlace({ account, region });
      const shown = await ask(command, 'show', { account, region });
      print(json, shown, inWords(shown));
    });

  addDataOptions(quota.command('profile').argument('<name>', 'aws-us-east-1, aws-default or unlimited'))
    .description('choose the quotas that count where none has been set')
    .option(...jsonFlag)
    .action(async (profile: string, { json }: Options, command) => {
      requireProfile(profile);
      print(json, await ask(command, 'profile', { profile }), `the profile is ${profile}`);
    });

  forSome(
    quota.command('set').requiredOption('--class <class>', 'what "quota show" lists, such as symmetric or CreateKey'),
  )
    .description(
      'set one quota; what is set for an account goes before what is set for a Region, and both before the rest',
    )
    .option('--rate <n>', 'requests per second, or "unlimited"')
    .option('--count <n>', 'of keys, aliases-per-key and grants-per-key: how many there may be')
    .action(async ({ json, ...input }: Options, command) => {
      const asked = {
        class: input.class,
        account: input.account,
        region: input.region,
        rate: input.rate,
        count: input.count,
      };
      requireWhich(asked);
      requireValue(asked);
      print(json, await ask(command, 'set', asked), `${input.class} is set to ${input.rate ?? input.count}`);
    });

  forSome(quota.command('reset').option('--class <class>', 'one quota, as it was set'))
    .description('take back what has been set')
    .option('--all', 'everything that has been set, and the profile')
    .action(async ({ json, class: name, account, region, all = false }: Options, command) => {
      const isOne = name !== undefined;
      if (isOne === all || (all && (account ?? region) !== undefined)) {
        throw new UsageError('Give --class, with --account and --region as it was set, or --all.');
      }
      const input = isOne ? { class: name, account, region } : {};
      if (isOne) requireWhich(input);
      const shown = await ask(command, 'reset', input);
      print(json, shown, isOne ? `${name} is as the profile ${shown.profile} has it` : 'nothing is set any more');
    });
}

const does = { show: 'show', profile: 'setProfile', set: 'set', reset: 'reset' } as const;

function ask(command: Command, what: keyof typeof does, input: QuotaInput): Promise<ShownQuotas> {
  return workOn<ShownQuotas>(readSettings<DataOptions>(command), {
    command: `quota/${what}`,
    input,
    offline: ({ vault }, events) => openQuotaDesk({ vault, events })[does[what]](input),
  });
}

const sources: Readonly<Record<string, string>> = {
  setting: 'as the server was started with --quotas',
  store: 'as set with "quota profile"',
  default: 'the default',
};

function inWords({ profile, profileFrom, quotas, changes }: ShownQuotas): string {
  const columns = [{ title: 'class' }, { title: 'quota', isNumber: true }, { title: '' }];
  const rows = quotas.map(({ class: name, value, isSet }) => [name, String(value ?? 'unlimited'), isSet ? 'set' : '']);
  const some = changes.filter(({ accountId, region }) => (accountId ?? region) !== undefined);
  const lines = some.map(({ quota, accountId = 'every account', region = 'every Region', value }) => [
    quota,
    accountId,
    region,
    String(value ?? 'unlimited'),
  ]);
  const besides = table([{ title: 'set for' }, { title: '' }, { title: '' }, { title: '', isNumber: true }], lines);
  const head = `profile ${profile}, ${sources[profileFrom] ?? profileFrom}\n\n${table(columns, rows)}`;
  return some.length === 0 ? head : `${head}\n\n${besides}`;
}
