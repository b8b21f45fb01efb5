/** New key pairs, by OpenSSL: FIPS 186-5 for RSA and the curves, FIPS 204 and 203 for ML-DSA and ML-KEM. */
import { generateKeyPair as generate, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { SecretBytes } from '#base/secret-bytes.ts';
import { lengthy } from './heavy.ts';
import { exportPublicKey } from './public-key.ts';
import { type CurveParameters, keyPairParameters, type RsaParameters, type SeedParameters } from './specs.ts';

const generateOffLoop = promisify(generate);

export interface KeyPair {
  /** DER PKCS#8; of ML-DSA and ML-KEM in the form that holds the seed alone (RFC 9881 section 6). */
  readonly privateKey: SecretBytes;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
}

/** A new key pair of a spec. Finding the primes of RSA_4096 takes seconds, and does not hold up the event loop. */
export async function generateKeyPair(spec: string): Promise<KeyPair> {
  const parameters = keyPairParameters(spec);
  const { privateKey, publicKey } =
    parameters.type === 'rsa' ? await generateRsa(parameters) : generateAtOnce(parameters);
  return {
    privateKey: new SecretBytes(privateKey.export({ format: 'der', type: 'pkcs8' })),
    publicKey: exportPublicKey(publicKey),
  };
}

interface KeyObjects {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function generateRsa({ modulusBits }: RsaParameters): Promise<KeyObjects> {
  return lengthy(() => generateOffLoop('rsa', { modulusLength: modulusBits }));
}

/** A millisecond at most. */
function generateAtOnce(parameters: CurveParameters | SeedParameters): KeyObjects {
  if (parameters.type === 'ec') return generateKeyPairSync('ec', { namedCurve: parameters.curve });
  return generateKeyPairSync(parameters.keyType as 'ed25519'); // the types do not take a union of names
}
