/**
 * Settings of the commands: from the command line, else from KEYWRIGHT_… variables, else from the config file, else the
 * default. One list of options makes all four.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultCacheMib } from '#base/cache-shares.ts';
import { type LogLevel, logLevels } from '#base/log.ts';
import { JsonError, parseJson } from '#base/strict-json.ts';
import { type ProfileName, profileNames } from '#limits/profiles.ts';
import { parseAccountId, parseRegion, type Region } from '#model/arn.ts';
import { isLoopback } from '#server/listener.ts';

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface DataOptions {
  readonly data: string;
  readonly rootKeyFile?: string;
  readonly rootPassphraseFile?: string;
  /** A folder, or `off`. */
  readonly auditAnchors: string;
}

export interface ServeOptions extends DataOptions {
  readonly port: number;
  readonly host: string;
  readonly account: string;
  readonly region: Region;
  readonly regions?: readonly Region[];
  readonly workers: number;
  readonly cacheMib: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecureHttp: boolean;
  readonly maxClockSkew: number;
  readonly sm2: boolean;
  readonly noticeWebhook?: URL;
  readonly noticeWebhookSecretFile?: string;
  readonly quotas?: ProfileName;
  readonly attestationRoot?: string;
  readonly auditFilesDays: number;
  readonly auditS3Bucket?: string;
  readonly auditS3Prefix?: string;
  readonly auditS3Endpoint?: URL;
  readonly auditS3Region?: Region;
  readonly auditS3CredentialsFile?: string;
  readonly auditRetentionDays: number;
  readonly logLevel: LogLevel;
  readonly logRequests: boolean;
  readonly metricsPort?: number;
  readonly metricsHost: string;
}

export function addDataOptions(command: Command): Command {
  return command
    .addOption(
      option('--data <dir>', 'data directory')
        .default('./keywright-data')
        .argParser((dir) => resolve(dir)),
    )
    .addOption(option('--root-key-file <file>', 'root key file (default: root.key in the data directory)'))
    .addOption(option('--root-passphrase-file <file>', 'file with the passphrase that is the root of trust instead'))
    .addOption(
      option(
        '--audit-anchors <dir>',
        'folder outside of the data directory that notes how far the audit trail has come, or "off"',
      )
        .default(join(homedir(), '.local', 'state', 'keywright', 'anchors'), '~/.local/state/keywright/anchors')
        .argParser((dir) => (dir === 'off' ? 'off' : resolve(dir))),
    )
    .addOption(option('--config <file>', 'JSON file with the same settings, e.g. {"port": 4566}'));
}

export function addServeOptions(command: Command): Command {
  return addDataOptions(command)
    .addOption(option('--port <port>', 'port; 0 takes a free one').default(4566).argParser(integer(0, 65_535)))
    .addOption(option('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      option('--account <id>', 'account to make at the first start').default('000000000000').argParser(account),
    )
    .addOption(
      option('--region <region>', 'Region in the generated AWS config')
        .default('us-east-1' as Region)
        .argParser(region),
    )
    .addOption(
      option('--regions <list>', 'comma-separated Regions to serve (default: every Region)').argParser(regions),
    )
    .addOption(
      option('--workers <n>', 'processes that serve, or "auto" for one on each core').default(1).argParser(workers),
    )
    .addOption(option('--cache-mib <n>', 'MiB of caches').default(defaultCacheMib).argParser(integer(8, 1_048_576)))
    .addOption(option('--tls-cert <file>', 'PEM certificate chain; serves HTTPS'))
    .addOption(option('--tls-key <file>', 'PEM private key of the certificate'))
    .addOption(
      option('--insecure-http [yes]', 'allow plain HTTP on an address that other machines reach')
        .default(false)
        .preset('true')
        .argParser(yesOrNo),
    )
    .addOption(
      option('--max-clock-skew <seconds>', 'how far a client clock may be off')
        .default(300)
        .argParser(integer(1, 3600)),
    )
    .addOption(
      option('--sm2 [yes]', 'serve SM2 keys outside of the China Regions too')
        .default(false)
        .preset('true')
        .argParser(yesOrNo),
    )
    .addOption(
      option(
        '--notice-webhook <url>',
        'https URL that notices of rotated, expired and deleted keys are posted to',
      ).argParser(webhook),
    )
    .addOption(
      option(
        '--quotas <profile>',
        'quotas of requests (default: the profile of the store, at first unlimited)',
      ).choices(profileNames),
    )
    .addOption(option('--notice-webhook-secret-file <file>', 'file with the secret that notices are signed with'))
    .addOption(
      option('--attestation-root <file>', 'PEM roots of attestation documents (default: that of AWS Nitro Enclaves)'),
    )
    .addOption(
      option('--audit-files-days <days>', 'how long CloudTrail log and digest files are kept here; 0 is for always')
        .default(0)
        .argParser(integer(0, 36_500)),
    )
    .addOption(
      option('--audit-s3-bucket <name>', 'S3 bucket that CloudTrail files are uploaded to as well').argParser(
        bucketName,
      ),
    )
    .addOption(
      option('--audit-s3-prefix <prefix>', 'what the keys of CloudTrail files begin with').argParser(keyPrefix),
    )
    .addOption(
      option('--audit-s3-endpoint <url>', 'https URL of the S3 service (default: that of AWS)').argParser(endpoint),
    )
    .addOption(option('--audit-s3-region <region>', 'Region of the S3 bucket (default: us-east-1)').argParser(region))
    .addOption(
      option('--audit-s3-credentials-file <file>', 'AWS credentials file; its profile "default" uploads').argParser(
        (file) => resolve(file),
      ),
    )
    .addOption(
      option('--audit-retention-days <days>', 'how long records of the audit trail are kept; 0 for ever')
        .default(90)
        .argParser(integer(0, 36_500)),
    )
    .addOption(option('--log-level <level>', 'how much is logged').default('info').choices(logLevels))
    .addOption(
      option('--log-requests [yes]', 'log a line for each request').default(false).preset('true').argParser(yesOrNo),
    )
    .addOption(
      option('--metrics-port <port>', 'serve metrics for Prometheus on this port; 0 takes a free one').argParser(
        integer(0, 65_535),
      ),
    )
    .addOption(option('--metrics-host <address>', 'address to serve metrics on').default('127.0.0.1'));
}

/** The command's settings, config file included. Throws UsageError. */
export function readSettings<T extends DataOptions>(command: Command): T {
  const file: unknown = command.getOptionValue('config');
  if (typeof file === 'string') applyConfigFile(command, file);
  const settings = command.opts<T>();
  if (settings.rootKeyFile !== undefined && settings.rootPassphraseFile !== undefined) {
    throw new UsageError('A store has one root of trust: give --root-key-file or --root-passphrase-file.');
  }
  return { ...settings, data: resolve(settings.data) };
}

/** A setting in the file counts where neither the command line nor the environment has it. */
function applyConfigFile(command: Command, file: string): void {
  // One file may serve all commands: what only the server needs is nothing to the others.
  const known = new Set(addServeOptions(new Command()).options.map((option) => option.attributeName()));
  for (const [name, value] of Object.entries(readConfig(file))) {
    const attribute = camelCase(name);
    if (!known.has(attribute)) throw new UsageError(`${file}: there is no setting "${name}".`);
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw new UsageError(`${file}: "${name}" must be a string, a number or a boolean.`);
    }
    const found = command.options.find((option) => option.attributeName() === attribute);
    const source = command.getOptionValueSource(attribute);
    // What has no variable is no setting, but an option of one command: --account of usage is not that of serve.
    if (found?.envVar === undefined || source === 'cli' || source === 'env') continue;
    command.setOptionValueWithSource(attribute, parseOption(found, String(value), file), 'config');
  }
}

function parseOption(found: Option, text: string, file: string): unknown {
  try {
    return found.parseArg === undefined ? text : found.parseArg(text, undefined);
  } catch (error) {
    if (error instanceof InvalidArgumentError)
      throw new UsageError(`${file}: ${found.attributeName()}: ${error.message}`);
    throw error;
  }
}

function readConfig(file: string): Readonly<Record<string, unknown>> {
  try {
    const config = parseJson(readFileSync(file, 'utf8'));
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return { ...config };
  } catch (error) {
    if (!(error instanceof JsonError))
      throw new UsageError(`The config file ${file} cannot be read.`, { cause: error });
  }
  throw new UsageError(`The config file ${file} is not a JSON object.`);
}

/** Each option is a variable too: --root-key-file is KEYWRIGHT_ROOT_KEY_FILE. */
function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  return made.env(`KEYWRIGHT_${made.name().replaceAll('-', '_').toUpperCase()}`);
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function integer(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(min === max ? `It must be ${min}.` : `It must be a number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** How many processes; one does everything itself, of several one leads. */
function workers(text: string): number {
  return text === 'auto' ? availableParallelism() : integer(1, 256)(text);
}

function yesOrNo(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new InvalidArgumentError('It must be true or false.');
}

function account(text: string): string {
  if (parseAccountId(text) === undefined) throw new InvalidArgumentError('An account id has 12 digits.');
  return text;
}

function region(text: string): Region {
  const parsed = parseRegion(text);
  if (parsed === undefined) throw new InvalidArgumentError('It must look like us-east-1.');
  return parsed;
}

function regions(text: string): readonly Region[] {
  return text.split(',').map((one) => region(one.trim()));
}

/** Source: Amazon S3 User Guide, General purpose bucket naming rules. */
function bucketName(text: string): string {
  if (!/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(text)) throw new InvalidArgumentError('It must be the name of a bucket.');
  return text;
}

/** Source: AWS CloudTrail API Reference, S3KeyPrefix: 200 characters at most. Those are taken that S3 calls safe in keys. */
function keyPrefix(text: string): string {
  const segments = text.split('/');
  const isSafe = segments.every((one) => /^[\w.!*'()-]+$/.test(one) && one !== '.' && one !== '..');
  if (!isSafe || text.length > 200) {
    throw new InvalidArgumentError("It must be words of letters, digits and -_.!*'() with slashes between them.");
  }
  return text;
}

function endpoint(text: string): URL {
  const url = webhook(text);
  if (url.search !== '' || url.hash !== '') throw new InvalidArgumentError('It must end with its host or path.');
  return url;
}

function webhook(text: string): URL {
  const url = URL.parse(text);
  const isSecure =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|]$/g, '')));
  if (url === null || !isSecure)
    throw new InvalidArgumentError('It must be an https URL; http is for loopback addresses.');
  if (url.username !== '' || url.password !== '') throw new InvalidArgumentError('It must not have a password in it.');
  return url;
}
