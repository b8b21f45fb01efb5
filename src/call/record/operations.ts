/**
 * What records say of each operation: its parameters and its answer without secrets, and what else belongs to it. Source: AWS KMS
 * Developer Guide, the pages of examples of log entries; IAM User Guide, Logging IAM and AWS STS API calls; Amazon S3 User Guide,
 * CloudTrail log file entries.
 */
import type { AuditEntry, AuditedOperation, ServiceName } from '#call/audit.ts';
import type { Members } from '#model/schema.ts';
import { kmsTellings, type Telling } from './kms.ts';
import { type StructureWriter, structureWriter } from './members.ts';
import { claimedOperation } from './unknown.ts';

export interface OperationFacts {
  readonly service: ServiceName;
  readonly name: string;
  readonly isReadOnly: boolean;
  /** Whether it is about objects, not about the service's own things. */
  readonly isData: boolean;
  /** JSON; undefined for none. */
  readonly parameters: string | undefined;
  readonly response: string | undefined;
  /** Members of additionalEventData, each as JSON with its name. */
  readonly additional: readonly string[];
}

// Diverges: record-denied-parameters
export function operationFacts(entry: AuditEntry): OperationFacts {
  const { operation, service } = entry;
  if (operation === undefined || service === undefined) return { ...nothing, ...claimedOperation(entry) };
  const { name, isReadOnly, isData, parameters, response, additional } = prepared(operation, service);
  return {
    service,
    name,
    isReadOnly,
    isData,
    parameters: entry.input && bounded('requestParameters', parameters(entry)),
    response: entry.refusal === undefined ? bounded('responseElements', response(entry)) : undefined,
    additional: additional(entry),
  };
}

const nothing = { isReadOnly: false, isData: false, parameters: undefined, response: undefined, additional: [] };

/** Whether an operation changes nothing. What uses keys is among that. */
export function isReadOnly(service: ServiceName, name: string): boolean {
  return service === 'sts' || readOnly[service].test(name);
}

const reading = /^(Describe|Get|Head|List|Lookup|Simulate)/;
const readOnly: Readonly<Record<Exclude<ServiceName, 'sts'>, RegExp>> = {
  kms: /^(Decapsulate|Decrypt|DeriveSharedSecret|Describe|Encapsulate|Encrypt|Generate|Get|List|ReEncrypt|Sign|Verify)/,
  iam: reading,
  cloudtrail: reading,
  s3: reading,
};

type Part = (entry: AuditEntry) => string | undefined;

interface Prepared extends Pick<OperationFacts, 'name' | 'isReadOnly' | 'isData'> {
  readonly parameters: Part;
  readonly response: Part;
  readonly additional: (entry: AuditEntry) => readonly string[];
}

const known = new WeakMap<AuditedOperation, Prepared>();

function prepared(operation: AuditedOperation, service: ServiceName): Prepared {
  const found = known.get(operation);
  if (found !== undefined) return found;
  const made = service === 's3' ? ofObjects(operation) : ofService(operation, service);
  known.set(operation, made);
  return made;
}

const none = () => undefined;
const noMembers: readonly string[] = [];

function ofService(operation: AuditedOperation, service: ServiceName): Prepared {
  const { name } = operation;
  const telling = tellingOf(operation, service);
  const { untold = [], shown, additional = () => noMembers } = telling;
  const isReading = isReadOnly(service, name);
  const write = untold === 'all' ? undefined : structureWriter(operation.input.members, untold);
  const hasResponse = !isReading || givesCredentials(service, name);
  return {
    name,
    isReadOnly: isReading,
    isData: false,
    parameters:
      write === undefined ? none : ({ input = {} }) => notEmpty(write(shown === undefined ? input : shown(input))),
    response: hasResponse ? responseWriter(operation, telling, service) : none,
    additional,
  };
}

function tellingOf({ name }: AuditedOperation, service: ServiceName): Telling {
  return service === 'kms' ? (kmsTellings[name as keyof typeof kmsTellings] ?? {}) : {};
}

/** STS changes nothing, and yet its records say which credentials it has given. */
function givesCredentials(service: ServiceName, name: string): boolean {
  return service === 'sts' && /^(Assume|GetFederationToken|GetSessionToken)/.test(name);
}

/** Since December 2022 what changes a key says which, whether or not the answer does. */
// Diverges: record-response-key
function responseWriter({ output }: AuditedOperation, { answered = 'key' }: Telling, service: ServiceName): Part {
  const members = output !== undefined && 'members' in output ? (output.members as Members) : {};
  if (service !== 'kms') return allOf(structureWriter(members));
  const write = structureWriter(members, ['KeyId']);
  return ({ output: answer, keys }) => {
    const rest = write(Object(answer));
    const key = keys?.[answered];
    if (key === undefined) return notEmpty(rest);
    return `{"keyId":"${key.arn}"${rest === '{}' ? '' : `,${rest.slice(1, -1)}`}}`;
  };
}

function allOf(write: StructureWriter): Part {
  return ({ output }) => notEmpty(write(Object(output)));
}

function notEmpty(json: string): string | undefined {
  return json === '{}' ? undefined : json;
}

// --- Objects of S3 ---------------------------------------------------------------------------------------------------

/** Its parameters are called as in its requests: `list-type`, `max-keys`. */
function ofObjects({ name, input, isData = false }: AuditedOperation): Prepared {
  const write = structureWriter(input.members, [], objectParameter);
  return {
    name,
    isReadOnly: isReadOnly('s3', name),
    isData,
    parameters: ({ input: shown = {}, received: { client } }) => {
      const members = write(shown).slice(1, -1);
      const host = client.host === undefined ? '' : `"Host":${JSON.stringify(client.host)}`;
      return notEmpty(`{${members}${members === '' || host === '' ? '' : ','}${host}}`);
    },
    response: none,
    additional: ({ received: { client, request } }) => {
      const isInQuery = /[?&]X-Amz-Signature=/i.test(request.target);
      return [
        '"SignatureVersion":"SigV4"',
        `"AuthenticationMethod":"${isInQuery ? 'QueryString' : 'AuthHeader'}"`,
        ...(client.tls === undefined ? [] : [`"CipherSuite":"${client.tls.cipherSuite}"`]),
      ];
    },
  };
}

function objectParameter(name: string): string {
  return name === 'Bucket' ? 'bucketName' : name === 'Key' ? 'key' : name;
}

// --- What is too large -----------------------------------------------------------------------------------------------

const mostCharacters = 102_400;

/** CloudTrail User Guide, CloudTrail record contents: a field that would be larger than 100 KB is left out, and says so. */
function bounded(field: string, json: string | undefined): string | undefined {
  if (json === undefined || json.length <= mostCharacters) return json;
  return JSON.stringify({ omitted: true, originalSize: Buffer.byteLength(json), reason: `${field} too large` });
}
