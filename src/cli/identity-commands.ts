/** The commands about accounts and what binds them; users, roles and policies are IAM's, reached with any AWS client. */
import type { Command } from 'commander';
import { listMarkedAccessKeys, type MarkedAccessKey } from '#identity/via-service.ts';
import { addAccount, markKey, type NewAccount } from './accounts.ts';
import {
  dropGuardrail,
  readDocument,
  requireGuardrailName,
  type ShownGuardrail,
  setGuardrail,
  showGuardrails,
} from './guardrails.ts';
import { workOn } from './offline.ts';
import { jsonFlag, type Output, print } from './output.ts';
import { addDataOptions, type DataOptions, readSettings } from './settings.ts';

export function addIdentityCommands(program: Command): void {
  addDataOptions(program.command('account').description('the accounts that keys belong to').command('create'))
    .description('add an account with a root access key, and a profile for it to the files of AWS clients')
    .option('--id <id>', 'twelve digits (default: random ones)')
    .option(...jsonFlag)
    .action(async ({ json, id }: Output & { id?: string }, command) => {
      const options = readSettings<DataOptions>(command);
      const account = await workOn<NewAccount>(options, {
        command: 'account/create',
        input: { id },
        offline: ({ vault }, events) => addAccount({ vault, events }, options.data, id),
      });
      print(json, account, `account ${account.accountId} is there; use it with "aws --profile ${account.profile} …"`);
    });

  const accessKey = program.command('access-key').description('the access keys of trusted services');
  addDataOptions(accessKey.command('mark').argument('<access-key-id>', 'of a user, or of an account'))
    .description('what the key signs carries kms:ViaService, as from a service that asks on behalf of a user')
    .option('--service <name>', 'such as s3 (default: none, which takes the mark away)')
    .option(...jsonFlag)
    .action(async (id: string, { json, service }: Output & { service?: string }, command) => {
      const input = { id, service };
      const marked = await workOn(readSettings<DataOptions>(command), {
        command: 'access-key/mark',
        input,
        offline: ({ identities }, events) => markKey(identities, events, input),
      });
      print(
        json,
        marked,
        service === undefined ? `${id} is marked with no service` : `${id} is marked with the service ${service}`,
      );
    });

  addDataOptions(accessKey.command('list'))
    .description('list the access keys that are marked')
    .option(...jsonFlag)
    .action(async ({ json }: Output, command) => {
      const marked = await workOn<readonly MarkedAccessKey[]>(readSettings<DataOptions>(command), {
        command: 'access-key/list',
        offline: ({ identities }) => listMarkedAccessKeys(identities),
      });
      const lines = marked.map(({ accessKeyId, accountId, service }) => `${accountId}  ${accessKeyId}  ${service}`);
      print(json, marked, lines.length === 0 ? 'no access key is marked' : lines.join('\n'));
    });

  addGuardrailCommands(program.command('guardrail').description('policies that bind a whole account'));
}

interface GuardrailOptions extends Output {
  readonly account: string;
  readonly type: string;
}

function addGuardrailCommands(guardrail: Command): void {
  const about = (command: Command) =>
    addDataOptions(command.argument('<name>', 'its name'))
      .requiredOption('--account <id>', 'the account that it binds')
      .requiredOption('--type <type>', 'scp: what principals of the account may do; rcp: what is done to its keys')
      .option(...jsonFlag);

  about(guardrail.command('set'))
    .description('put a guardrail, in the place of one of the same name')
    .requiredOption('--file <file>', 'the policy, as JSON')
    .addHelpText(
      'after',
      '\nOnce an account has an scp, its principals may do only what one of its scps allows: begin with a statement that\nallows "*" on "*", and deny beside it. An rcp only denies, with the Principal "*". "list --json" shows the policies.',
    )
    .action(async (name: string, { json, account, type, file }: GuardrailOptions & { file: string }, command) => {
      requireGuardrailName({ name, account, type });
      const input = { name, account, type, document: readDocument(file) };
      const set = await workOn(readSettings<DataOptions>(command), {
        command: 'guardrail/set',
        input,
        offline: ({ identities }, events) => setGuardrail(identities, events, input),
      });
      print(json, set, `guardrail ${name} binds account ${account}`);
    });

  about(guardrail.command('remove'))
    .description('take a guardrail away')
    .action(async (name: string, { json, account, type }: GuardrailOptions, command) => {
      requireGuardrailName({ name, account, type });
      const input = { name, account, type };
      const removed = await workOn(readSettings<DataOptions>(command), {
        command: 'guardrail/remove',
        input,
        offline: ({ identities }, events) => dropGuardrail(identities, events, input),
      });
      print(json, removed, `guardrail ${name} is gone from account ${account}`);
    });

  addDataOptions(guardrail.command('list'))
    .description('list the guardrails of all accounts')
    .option(...jsonFlag)
    .action(async ({ json }: Output, command) => {
      const guardrails = await workOn<readonly ShownGuardrail[]>(readSettings<DataOptions>(command), {
        command: 'guardrail/list',
        offline: ({ identities }) => showGuardrails(identities),
      });
      const lines = guardrails.map(({ accountId, type, name }) => `${accountId}  ${type}  ${name}`);
      print(json, guardrails, lines.length === 0 ? 'there are no guardrails' : lines.join('\n'));
    });
}
