/** The OpenSSL command line as a counterpart: one process for each thing that it is asked. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode, tags } from '#crypto/der.ts';
import { type Counterpart, hashOf, sm2Identity, type ToSign } from './counterpart.ts';

const kinds: ReadonlyMap<string, readonly string[]> = new Map([
  ...[2048, 3072, 4096].map((bits) => [`RSA_${bits}`, ['RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`]] as const),
  ['ECC_NIST_P256', curve('P-256')],
  ['ECC_NIST_P384', curve('P-384')],
  ['ECC_NIST_P521', curve('P-521')],
  ['ECC_SECG_P256K1', curve('secp256k1')],
  ['ECC_NIST_EDWARDS25519', ['ED25519']],
  ['SM2', curve('SM2')],
]);

function curve(name: string): readonly string[] {
  return ['EC', '-pkeyopt', `ec_paramgen_curve:${name}`];
}

export class OpenSsl implements Counterpart {
  readonly #directory = mkdtempSync(join(tmpdir(), 'keywright-openssl-'));

  knows(algorithm: string): boolean {
    return !algorithm.startsWith('ML_DSA') && algorithm !== 'ED25519_PH_SHA_512';
  }

  async generate(keySpec: string): Promise<Buffer> {
    const kind = kinds.get(keySpec);
    assert(kind !== undefined, keySpec);
    const pem = this.#file('private.pem', this.#output(['genpkey', '-algorithm', ...kind]));
    return this.#output(['pkcs8', '-topk8', '-nocrypt', '-in', pem, '-outform', 'DER']);
  }

  async publicHalf(privateKey: Uint8Array): Promise<Buffer> {
    const file = this.#file('private.der', privateKey);
    this.#output(['pkey', '-in', file, '-inform', 'DER', '-check', '-noout']);
    return this.#output(['pkey', '-in', file, '-inform', 'DER', '-pubout', '-outform', 'DER']);
  }

  async reread(publicKey: Uint8Array): Promise<Buffer> {
    const file = this.#file('read.der', publicKey);
    this.#output(['pkey', '-pubin', '-in', file, '-inform', 'DER', '-pubcheck', '-noout']);
    return this.#output(['pkey', '-pubin', '-in', file, '-inform', 'DER', '-pubout', '-outform', 'DER']);
  }

  async sign(toSign: ToSign, privateKey: Uint8Array): Promise<Buffer> {
    const file = this.#file('private.der', privateKey);
    return this.#output(this.#signing(toSign, ['-sign', file], ['-sign', '-inkey', file]));
  }

  async verify(signed: ToSign, publicKey: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const key = this.#file('public.der', publicKey);
    const file = this.#file('signature', signature);
    const pkeyutl = ['-verify', '-pubin', '-inkey', key, '-sigfile', file];
    const { status, text } = this.#run(this.#signing(signed, ['-verify', key, '-signature', file], pkeyutl));
    if (status === 0) return true;
    assert.match(text, /verification failure/i);
    return false;
  }

  async mac(algorithm: string, key: Uint8Array, message: Uint8Array): Promise<Buffer> {
    const input = this.#file('message', message);
    const hexKey = `hexkey:${Buffer.from(key).toString('hex')}`;
    return this.#output(['mac', '-digest', hashOf(algorithm), '-macopt', hexKey, '-binary', '-in', input, 'HMAC']);
  }

  async verifyMac(algorithm: string, key: Uint8Array, message: Uint8Array, mac: Uint8Array): Promise<boolean> {
    return (await this.mac(algorithm, key, message)).equals(mac);
  }

  async agree(privateKey: Uint8Array, peer: Uint8Array): Promise<Buffer | undefined> {
    const ownFile = this.#file(
      'private.der',
      isOnSm2(privateKey) ? plainPrivateKey(this.#plainSm2(), privateKey) : privateKey,
    );
    const peerFile = this.#file('peer.der', isOnSm2(peer) ? plainPublicKey(this.#plainSm2(), peer) : peer);
    const files = ['-inkey', ownFile, '-keyform', 'DER', '-peerkey', peerFile, '-peerform', 'DER'];
    const { status, text, stdout } = this.#run(['pkeyutl', '-derive', ...files]);
    if (status === 0) return stdout;
    assert.match(text, /different parameters|mismatch|peer key/i);
    return undefined;
  }

  async encrypt(algorithm: string, publicKey: Uint8Array, plaintext: Uint8Array): Promise<Buffer> {
    const key = ['-pubin', '-inkey', this.#file('public.der', publicKey), '-keyform', 'DER'];
    const input = ['-in', this.#file('message', plaintext)];
    return this.#output(['pkeyutl', '-encrypt', ...key, ...encryptionOptions(algorithm), ...input]);
  }

  async decrypt(algorithm: string, privateKey: Uint8Array, ciphertext: Uint8Array): Promise<Buffer | undefined> {
    const key = ['-inkey', this.#file('private.der', privateKey), '-keyform', 'DER'];
    const input = ['-in', this.#file('ciphertext', ciphertext)];
    const options = encryptionOptions(algorithm);
    const { status, text, stdout } = this.#run(['pkeyutl', '-decrypt', ...key, ...options, ...input]);
    if (status === 0) return stdout;
    assert.match(text, /Public Key operation error/);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#directory, { recursive: true });
  }

  /** `dgst` hashes the message, `pkeyutl` is given a digest, or what is signed whole. */
  #signing({ algorithm, messageType, message }: ToSign, dgst: readonly string[], pkeyutl: readonly string[]): string[] {
    const input = this.#file('message', message);
    if (algorithm === 'ED25519_SHA_512') return ['pkeyutl', ...pkeyutl, '-keyform', 'DER', '-rawin', '-in', input];
    const isSm2 = algorithm === 'SM2DSA';
    const hash = isSm2 ? 'sm3' : hashOf(algorithm);
    if (messageType === 'RAW') {
      const options = isSm2 ? [`distid:${sm2Identity}`] : paddingOf(algorithm);
      return ['dgst', `-${hash}`, ...dgst, '-keyform', 'DER', ...options.flatMap((one) => ['-sigopt', one]), input];
    }
    const options = isSm2 ? [] : [`digest:${hash}`, ...paddingOf(algorithm)];
    return ['pkeyutl', ...pkeyutl, '-keyform', 'DER', ...options.flatMap((one) => ['-pkeyopt', one]), '-in', input];
  }

  /**
   * OpenSSL derives no secrets with keys that it knows for SM2's. It does with any other elliptic curve, and this is one:
   * the same equation with the generator's opposite, which plays no part in a Diffie-Hellman. A DER AlgorithmIdentifier.
   */
  #plainSm2(): Buffer {
    const parameters = this.#output(['ecparam', '-name', 'SM2', '-param_enc', 'explicit', '-outform', 'DER']);
    const others = parameters.toString('hex').replace(generatorY, oppositeY);
    return encode(tags.sequence, ecPublicKey, Buffer.from(others, 'hex'));
  }

  #file(name: string, bytes: Uint8Array): string {
    const path = join(this.#directory, name);
    writeFileSync(path, bytes, { mode: 0o600 });
    return path;
  }

  #output(args: readonly string[]): Buffer {
    const { status, stdout, text } = this.#run(args);
    assert.equal(status, 0, `openssl ${args.join(' ')}: ${text}`);
    return stdout;
  }

  #run(args: readonly string[]) {
    const { status, stdout, stderr, error } = spawnSync('openssl', args, { timeout: 60_000 });
    if (error !== undefined) throw error;
    return { status, stdout, text: `${stdout.toString('latin1')}${stderr.toString('latin1')}` };
  }
}

function paddingOf(algorithm: string): readonly string[] {
  if (algorithm.startsWith('RSASSA_PKCS1')) return ['rsa_padding_mode:pkcs1'];
  if (!algorithm.startsWith('RSASSA_PSS')) return [];
  return ['rsa_padding_mode:pss', `rsa_pss_saltlen:${Number(hashOf(algorithm).slice(3)) / 8}`];
}

function encryptionOptions(algorithm: string): readonly string[] {
  if (algorithm === 'SM2PKE') return [];
  const hash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256';
  const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`];
  return options.flatMap((one) => ['-pkeyopt', one]);
}

const generatorY = 'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'; // GB/T 32918.5
const oppositeY = '43c8c95c0b098863a642311c9496deac2f56788239d5b8c0fd20cd1adec60f5f'; // p - y
const ecPublicKey = Buffer.from('06072a8648ce3d0201', 'hex'); // RFC 5480 section 2.1.1
const sm2Oid = Buffer.from('06082a811ccf5501822d', 'hex');
const scalarHead = Buffer.from('0201010420', 'hex'); // version and length of an ECPrivateKey: RFC 5915 section 3

const isOnSm2 = (key: Uint8Array): boolean => Buffer.from(key).includes(sm2Oid);

function plainPublicKey(algorithm: Buffer, publicKey: Uint8Array): Buffer {
  return encode(tags.sequence, algorithm, encode(tags.bitString, Buffer.of(0), publicKey.subarray(-65)));
}

function plainPrivateKey(algorithm: Buffer, privateKey: Uint8Array): Buffer {
  const from = Buffer.from(privateKey).indexOf(scalarHead);
  const inner = encode(tags.sequence, privateKey.subarray(from, from + scalarHead.length + 32));
  return encode(tags.sequence, Buffer.from('020100', 'hex'), algorithm, encode(tags.octetString, inner));
}
