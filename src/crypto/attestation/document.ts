/**
 * What an attestation document says, before anything in it is believed. Source: AWS Nitro Enclaves User Guide, Verifying
 * the root of trust; Nitro Enclaves Attestation Process, section 3.2.2; EC2 User Guide, Validate a NitroTPM Attestation
 * Document.
 */
import { check } from './attestation-error.ts';
import { decodeCbor } from './cbor.ts';

export interface AttestationDocument {
  readonly platform: 'nitro-enclave' | 'nitro-tpm';
  readonly moduleId: string;
  readonly timestampMs: number;
  /** The platform configuration registers by their number, in lower-case hexadecimal. */
  readonly pcrs: ReadonlyMap<number, string>;
  /** Of the key that signed the document: X.509, DER. */
  readonly certificate: Uint8Array;
  /** Its issuers: the root first, the one that issued `certificate` last. */
  readonly cabundle: readonly Uint8Array[];
  /** Whatever the software in there passed as its public key. */
  readonly publicKey: Uint8Array | undefined;
}

const mostPayloadBytes = 16_384;
const mostCertificateBytes = 1024;
const pcrBytes: readonly number[] = [32, 48, 64];
const registers = { pcrs: 'nitro-enclave', nitrotpm_pcrs: 'nitro-tpm' } as const;
const required = ['module_id', 'digest', 'timestamp', 'certificate', 'cabundle'];
const optional = ['public_key', 'user_data', 'nonce'];

/** Throws AttestationError for a document that is not exactly of AWS's form. */
export function readDocument(payload: Uint8Array): AttestationDocument {
  check(payload.length <= mostPayloadBytes, 'it is too large');
  const fields = decodeCbor(payload);
  check(fields instanceof Map, 'its payload is not a map');
  const { platform, pcrs } = readRegisters(fields);
  const known = new Set<unknown>([...required, ...optional, ...Object.keys(registers)]);
  check(
    [...fields.keys()].every((name) => known.has(name)),
    'it has an unknown field',
  );
  const [moduleId, digest, timestampMs, certificate, cabundle] = required.map((name): unknown => fields.get(name));
  check(typeof moduleId === 'string' && moduleId !== '', 'its module_id is not a text');
  check(digest === 'SHA384', 'its digest is not SHA384');
  check(typeof timestampMs === 'number' && timestampMs > 0, 'its timestamp is not a time');
  check(isBytes(certificate, 1, mostCertificateBytes), 'its certificate is not of 1 to 1024 bytes');
  check(Array.isArray(cabundle) && cabundle.length > 0, 'its cabundle is empty');
  check(cabundle.every(isCertificate), 'a certificate of its cabundle is not of 1 to 1024 bytes');
  for (const name of optional) {
    // AWS's document says that no field is null; documents of the Nitro hypervisor have null for what was not passed.
    const value: unknown = fields.get(name) ?? undefined;
    check(value === undefined || isBytes(value, 0, 1024), `its ${name} is not of up to 1024 bytes`);
  }
  return {
    platform,
    moduleId,
    timestampMs,
    pcrs,
    certificate,
    cabundle,
    publicKey: fields.get('public_key') ?? undefined,
  };
}

function readRegisters(fields: ReadonlyMap<unknown, unknown>) {
  const isTpm = fields.has('nitrotpm_pcrs');
  check(isTpm !== fields.has('pcrs'), 'it does not have either pcrs or nitrotpm_pcrs');
  const name = isTpm ? 'nitrotpm_pcrs' : 'pcrs';
  const values = fields.get(name);
  check(values instanceof Map && values.size >= 1 && values.size <= 32, `its ${name} are not 1 to 32 registers`);
  const pcrs = new Map<number, string>();
  for (const [index, value] of values) {
    check(Number.isInteger(index) && index >= 0 && index < 32, `the number of one of its ${name} is not 0 to 31`);
    check(value instanceof Uint8Array && pcrBytes.includes(value.length), `one of its ${name} has a wrong length`);
    pcrs.set(index, value.toHex());
  }
  return { platform: registers[name], pcrs };
}

function isCertificate(value: unknown): value is Uint8Array {
  return isBytes(value, 1, mostCertificateBytes);
}

function isBytes(value: unknown, min: number, max: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length >= min && value.length <= max;
}
