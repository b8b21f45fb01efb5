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
  readonly region?: string;
  readonly encryptionContext?: readonly string[];
  readonly condition?: readonly string[];
}

export function addExplainCommand(program: Command): void {
  addDataOptions(program.command('explain').description('say whether someone may do something, and why'))
    .requiredOption('--principal <arn>', 'of a root user, user, role or session of a role')
    .requiredOption('--action <action>', 'such as kms:Decrypt')
    .option('--key <key>', 'key id, key ARN, alias name or alias ARN')
    .option('--region <region>', 'of the request (default: the one in the AWS config)')
    .option('--encryption-context <name=value...>', 'pairs of the encryption context')
    .option('--condition <key=value...>', 'further condition keys of the request, such as aws:SourceIp=10.0.0.1')
    .option(...jsonFlag)
    .addHelpText('after', '\nExit code 0: allowed; 1: not allowed, or the question cannot be answered.')
    .action(async (own: ExplainOptions, command) => {
      const options = readSettings<DataOptions>(command);
      const region = own.region ?? readEndpoint(options.data)?.region ?? 'us-east-1';
      const { principal, action, key, encryptionContext = [], condition = [] } = own;
      const input = { principal, action, key, region, encryptionContext, condition };
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
  const { principal, action, key, region: regionText, encryptionContext, condition } = input as Record<string, unknown>;
  const region = parseRegion(String(regionText));
  if (region === undefined) throw new UsageError(`${String(regionText)} is no Region.`);
  const wish = {
    principal: String(principal),
    action: String(action),
    key: typeof key === 'string' ? key : undefined,
    region,
    encryptionContext: new Map(pairsOf(encryptionContext)),
    conditions: new Map(pairsOf(condition).map(([name, value]) => [name.toLowerCase(), [value]])),
  };
  return explain(wish, { operations: kmsOperations, keyring, identities });
}

function pairsOf(texts: unknown): readonly (readonly [string, string])[] {
  return (Array.isArray(texts) ? texts.map(String) : []).map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new UsageError(`${text} is not of the form name=value.`);
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
}

function inWords({ isAllowed, principal, action, resource, verdict, statements, missingKeys }: Explanation): string {
  const head = `${isAllowed ? 'allowed' : 'denied'}: ${principal} ${isAllowed ? 'may' : 'may not'} ${action} on ${resource}`;
  const because = verdict.isAllowed
    ? `  by ${verdict.by}${verdict.grantId === undefined ? '' : ` ${verdict.grantId}`}`
    : `  ${verdict.isExplicit ? 'denied by' : 'not allowed by'} the ${verdict.because}`;
  const listed = statements.map(
    ({ effect, type, policy, sid, index }) =>
      `  ${effect.padEnd(5)}  ${type}, ${policy}, statement ${sid ?? index + 1}`,
  );
  return [
    head,
    because,
    listed.length === 0 ? 'no statement applies' : 'statements that apply:',
    ...listed,
    ...(missingKeys.length === 0
      ? []
      : [`conditions look at what the request does not have: ${missingKeys.join(', ')}`]),
  ].join('\n');
}
