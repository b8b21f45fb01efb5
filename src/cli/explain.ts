/** keywright explain: whether someone may do something, and which statements say so. */
import type { Command } from 'commander';
import type { Data } from '#assemble.ts';
import { type Explanation, explain } from '#call/explain.ts';
import { readEndpoint } from '#identity/client-files.ts';
import { parseRegion } from '#model/arn.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import { workOn } from './offline.ts';
import { jsonFlag, type Output, print } from './output.ts';
import { addDataOptions, type DataOptions, readSettings, UsageError } from './settings.ts';

interface ExplainOptions extends Output {
  readonly principal: string;
  readonly action: string;
  readonly key?: string;
  readonly resource?: string;
  readonly region?: string;
  readonly encryptionContext?: readonly string[];
  readonly condition?: readonly string[];
}

export function addExplainCommand(program: Command): void {
  addDataOptions(program.command('explain').description('say whether someone may do something, and why'))
    .requiredOption('--principal <arn>', 'of a root user, user, role or session of a role')
    .requiredOption('--action <action>', 'of KMS, such as kms:Decrypt')
    .option('--key <key>', 'key id, key ARN, alias name or alias ARN')
    .option('--resource <arn>', 'instead of a key: what IAM policies alone decide about, such as the ARN of an alias')
    .option('--region <region>', 'of the request (default: the one in the AWS config)')
    .option('--encryption-context <name=value...>', 'pairs of the encryption context')
    .option('--condition <key=value...>', 'further condition keys of the request, such as aws:SourceIp=10.0.0.1')
    .option(...jsonFlag)
    .addHelpText('after', '\nExit code 0: allowed; 1: not allowed, or the question cannot be answered.')
    .action(async (own: ExplainOptions, command) => {
      const options = readSettings<DataOptions>(command);
      const endpoint = readEndpoint(options.data);
      const region = own.region ?? endpoint?.region ?? 'us-east-1';
      const isTls = endpoint?.url.startsWith('https:') ?? false;
      const { principal, action, key, resource, encryptionContext = [], condition = [] } = own;
      requirePairs([...encryptionContext, ...condition]);
      if (parseRegion(region) === undefined) throw new UsageError(`${region} is no Region.`);
      const input = { principal, action, key, resource, region, isTls, encryptionContext, condition };
      const explanation = await workOn<Explanation>(options, {
        command: 'explain',
        input,
        offline: (data) => answer(data, input),
      });
      print(own.json, explanation, inWords(explanation));
      if (!explanation.isAllowed) process.exitCode = 1;
    });
}

/** The answer to what came over the control socket, or from this process's own command line. Throws ExplainError. */
export function answer(
  { keyring, identities }: Pick<Data, 'keyring' | 'identities'>,
  input: object,
): Promise<Explanation> {
  const given = input as Readonly<Record<string, unknown>>; // what the command made, here or over the socket
  const { principal, action, key, resource, region: regionText, isTls, encryptionContext, condition } = given;
  const region = parseRegion(String(regionText));
  if (region === undefined) throw new UsageError(`${String(regionText)} is no Region.`);
  const wish = {
    principal: String(principal),
    action: String(action),
    key: typeof key === 'string' ? key : undefined,
    resource: typeof resource === 'string' ? resource : undefined,
    region,
    isTls: isTls === true,
    encryptionContext: new Map(pairsOf(encryptionContext)),
    conditions: new Map(pairsOf(condition).map(([name, value]) => [name.toLowerCase(), [value]])),
  };
  return explain(wish, { operations: kmsOperations, keyring, identities });
}

function requirePairs(texts: readonly string[]): void {
  const wrong = texts.find((text) => text.indexOf('=') < 1);
  if (wrong !== undefined) throw new UsageError(`${wrong} is not of the form name=value.`);
}

function pairsOf(texts: unknown): readonly (readonly [string, string])[] {
  return (Array.isArray(texts) ? texts.map(String) : []).map((text) => {
    const equals = text.indexOf('=');
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
}

function inWords(told: Explanation): string {
  const { isAllowed, principal, action, resource, statements, missingKeys, assumed, note } = told;
  const may = isAllowed ? 'may' : 'may not';
  const listed = statements.map(
    ({ effect, type, policy, sid, index }) =>
      `  ${effect.padEnd(5)}  ${type}, ${policy}, statement ${sid ?? index + 1}`,
  );
  return [
    `${isAllowed ? 'allowed' : 'denied'}: ${principal} ${may} ${action} on ${resource}`,
    `  ${because(told)}`,
    listed.length === 0 ? 'no statement applies' : 'statements that apply:',
    ...listed,
    ...(missingKeys.length === 0
      ? []
      : [`conditions look at what the request does not have: ${missingKeys.join(', ')}`]),
    `assumed (--condition says otherwise): ${Object.entries(assumed)
      .map((pair) => pair.join('='))
      .join(', ')}`,
    ...(note === undefined ? [] : [note]),
  ].join('\n');
}

function because({ verdict, action }: Explanation): string {
  if (verdict.isAllowed) return `by ${verdict.by}${verdict.grantId === undefined ? '' : ` ${verdict.grantId}`}`;
  if (verdict.because === 'operation') return `${action} cannot be used on keys of other accounts`;
  return `${verdict.isExplicit ? 'denied by' : 'not allowed by'} the ${verdict.because}`;
}
