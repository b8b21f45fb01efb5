import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { ApiError } from '#model/api-error.ts';
import { formatAmzDate } from './amz-date.ts';
import { readAuthorization } from './authorization.ts';
import { canonicalRequest, stringToSign } from './canonical.ts';
import type { SignedRequest } from './request.ts';
import { deriveSigningKey, signatureOf } from './signing-key.ts';
import { SignatureVerifier, type SigningCredential } from './verify.ts';

const signedAt = Date.UTC(2015, 7, 30, 12, 36);
const secretOf = (text: string): SecretBytes => new SecretBytes(Buffer.from(text));

interface World {
  credentials?: SigningCredential[];
  clock?: ManualClock;
  maxSkewSeconds?: number;
}

/** A verifier that knows these credentials, and gives every other id a pseudo secret. */
function verifierOf({ credentials = [known()], clock = new ManualClock(signedAt), maxSkewSeconds = 300 }: World = {}) {
  const pseudo = secretOf('nobody knows this');
  return new SignatureVerifier<SigningCredential>({
    clock,
    maxSkewSeconds,
    find: ({ accessKeyId }) =>
      credentials.find((each) => each.accessKeyId === accessKeyId) ?? { accessKeyId, secret: pseudo, known: false },
  });
}

const known = (more: Partial<SigningCredential> = {}): SigningCredential => ({
  accessKeyId: 'AKIDEXAMPLE',
  secret: secretOf('secret'),
  known: true,
  ...more,
});

interface Signing {
  accessKeyId?: string;
  secret?: string;
  sessionToken?: string;
  expires?: number;
}

/** A request signed with this folder's own parts; the independent signer is judged in test/harness and test/vectors. */
function signed({
  accessKeyId = 'AKIDEXAMPLE',
  secret = 'secret',
  sessionToken,
  expires,
}: Signing = {}): SignedRequest {
  const scope = '20150830/us-east-1/kms/aws4_request';
  const amzDate = formatAmzDate(signedAt);
  const token = sessionToken === undefined ? [] : ['X-Amz-Security-Token', sessionToken];
  const body = Buffer.from('{}');
  const sign = (request: SignedRequest): string => {
    const authorization = readAuthorization(request);
    const canonical = canonicalRequest(request, authorization, { normalizePath: true });
    return signatureOf(deriveSigningKey(secretOf(secret), authorization), stringToSign(authorization, canonical));
  };
  if (expires !== undefined) {
    const tokenPart = sessionToken === undefined ? '' : `&X-Amz-Security-Token=${sessionToken}`;
    const target = `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${accessKeyId}/${scope}&X-Amz-Date=${amzDate}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host${tokenPart}&X-Amz-Signature=`;
    const request = { method: 'POST', rawHeaders: ['Host', 'h'], body };
    return { ...request, target: target + sign({ ...request, target: `${target}0` }) };
  }
  const names = sessionToken === undefined ? 'host;x-amz-date' : 'host;x-amz-date;x-amz-security-token';
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=`;
  const rawHeaders = ['Host', 'h', 'X-Amz-Date', amzDate, ...token, 'Authorization'];
  const request = { method: 'POST', target: '/', body };
  return {
    ...request,
    rawHeaders: [...rawHeaders, authorization + sign({ ...request, rawHeaders: [...rawHeaders, `${authorization}0`] })],
  };
}

type Verifier = SignatureVerifier<SigningCredential>;
const verify = async (verifier: Verifier, request: SignedRequest) =>
  verifier.verify(request, readAuthorization(request));

async function refusal(verifier: Verifier, request: SignedRequest): Promise<ApiError> {
  const error = await verify(verifier, request).then(
    () => assert.fail('the request was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error;
}

test('a rightly signed request gives the credential that signed it', async () => {
  const credential = known();
  for (const request of [signed(), signed({ expires: 60 })]) {
    assert.equal(await verify(verifierOf({ credentials: [credential] }), request), credential);
  }
});

test('a finder that answers later is waited for, and its failure is passed on', async () => {
  const credential = known();
  const settings = { clock: new ManualClock(signedAt), maxSkewSeconds: 300 };
  const later = new SignatureVerifier({ ...settings, find: () => Promise.resolve(credential) });
  assert.equal(await verify(later, signed()), credential);
  const broken = new SignatureVerifier<SigningCredential>({
    ...settings,
    find: () => Promise.reject(new Error('store')),
  });
  await assert.rejects(verify(broken, signed()), /^Error: store$/);
});

test('an unknown access key is answered exactly as a wrong signature is', async () => {
  const unknown = await refusal(verifierOf(), signed({ accessKeyId: 'AKIDUNKNOWN' }));
  const wrong = await refusal(verifierOf(), signed({ secret: 'wrong' }));
  assert.equal(unknown.name, 'InvalidSignatureException');
  assert.deepEqual(
    [unknown.name, unknown.message, unknown.status, unknown.cause],
    [wrong.name, wrong.message, wrong.status, wrong.cause],
  );
});

test('every refusal costs one search and one derivation, so that its time tells nothing', async () => {
  const cost = { searches: 0, derivations: 0 };
  class CountedSecret extends SecretBytes {
    override reveal(): Uint8Array {
      cost.derivations++;
      return super.reveal();
    }
  }
  const [secret, pseudo] = [
    new CountedSecret(Buffer.from('secret')),
    new CountedSecret(Buffer.from('nobody knows this')),
  ];
  let remembered: SigningCredential | undefined;
  const search = async ({ accessKeyId }: { readonly accessKeyId: string }) => {
    cost.searches++;
    const isKnown = accessKeyId === 'AKIDEXAMPLE';
    const found = { accessKeyId, secret: isKnown ? secret : pseudo, known: isKnown };
    if (isKnown) remembered = found;
    return found;
  };
  const verifier = new SignatureVerifier<SigningCredential>({
    clock: new ManualClock(signedAt),
    maxSkewSeconds: 300,
    find: ({ accessKeyId }) => (remembered?.accessKeyId === accessKeyId ? remembered : search({ accessKeyId })),
    findAnew: search,
  });
  const costOf = async (request: SignedRequest) => {
    Object.assign(cost, { searches: 0, derivations: 0 });
    await refusal(verifier, request);
    return { ...cost };
  };
  const one = { searches: 1, derivations: 1 };
  assert.deepEqual(await costOf(signed({ secret: 'wrong' })), one, 'known, never used');
  assert.deepEqual(await costOf(signed({ secret: 'wrong' })), one, 'known, remembered, never proven');
  await verify(verifier, signed());
  assert.deepEqual(await costOf(signed({ secret: 'wrong' })), one, 'known and in use');
  assert.deepEqual(await costOf(signed({ accessKeyId: 'AKIDUNKNOWN' })), one, 'unknown');
  assert.deepEqual(await costOf(signed({ accessKeyId: 'AKIDUNKNOWN' })), one, 'unknown, once more');
});

test('a credential that is not known is refused even when its secret fits', async () => {
  const verifier = verifierOf({ credentials: [known({ known: false })] });
  assert.equal((await refusal(verifier, signed())).name, 'InvalidSignatureException');
});

test('a request out of time is told so in the same words, whether or not its access key is known', async () => {
  for (const offset of [-301_000, 301_000]) {
    const clock = new ManualClock(signedAt + offset);
    const messages = [];
    for (const signing of [{}, { accessKeyId: 'AKIDUNKNOWN' }, { secret: 'wrong' }]) {
      messages.push((await refusal(verifierOf({ clock }), signed(signing))).message);
    }
    assert.equal(new Set(messages).size, 1);
  }
});

test('a header signature holds for the allowed skew either way, to the second', async () => {
  for (const offset of [-300_000, 0, 300_000, 300_999]) {
    await verify(verifierOf({ clock: new ManualClock(signedAt + offset) }), signed());
  }
  const late = await refusal(verifierOf({ clock: new ManualClock(signedAt + 301_000) }), signed());
  assert.equal(
    late.message,
    'Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)',
  );
  const early = await refusal(verifierOf({ clock: new ManualClock(signedAt - 301_000) }), signed());
  assert.equal(
    early.message,
    'Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)',
  );
});

test('the allowed skew is a setting', async () => {
  const at = (offset: number) => ({ clock: new ManualClock(signedAt + offset), maxSkewSeconds: 90 });
  await verify(verifierOf(at(90_000)), signed());
  assert.match((await refusal(verifierOf(at(91_000)), signed())).message, /- 90 sec\.\)$/);
});

test('a presigned request holds for as long as it says, and may not come from the future', async () => {
  const at = (offset: number) => ({ clock: new ManualClock(signedAt + offset) });
  await verify(verifierOf(at(604_800_000)), signed({ expires: 604_800 }));
  await verify(verifierOf(at(-300_000)), signed({ expires: 1 }));
  assert.match(
    (await refusal(verifierOf(at(2_000)), signed({ expires: 1 }))).message,
    /^Signature expired: .* - 1 sec\.\)$/,
  );
  assert.match(
    (await refusal(verifierOf(at(-301_000)), signed({ expires: 604_800 }))).message,
    /^Signature not yet current/,
  );
});

test('a signature of another length, case or alphabet is a wrong one', async () => {
  const request = signed();
  const value = request.rawHeaders.at(-1) ?? '';
  const right = value.slice(-64);
  for (const wrong of [
    right.slice(1),
    `${right}0`,
    right.toUpperCase(),
    'é'.repeat(32),
    'é'.repeat(64),
    'g'.repeat(64),
    `${right.slice(0, 63)}é`,
  ]) {
    await verify(verifierOf(), request); // what was right just before does not help
    const rawHeaders = request.rawHeaders.with(-1, value.slice(0, -64) + wrong);
    assert.equal((await refusal(verifierOf(), { ...request, rawHeaders })).name, 'InvalidSignatureException');
  }
});

test('a session token must be the one that the credential was issued with', async () => {
  const temporary = verifierOf({ credentials: [known({ sessionToken: 'token' })] });
  const lasting = verifierOf();
  for (const expires of [{}, { expires: 60 }]) {
    await verify(temporary, signed({ ...expires, sessionToken: 'token' }));
    const refused = [
      await refusal(temporary, signed({ ...expires })),
      await refusal(temporary, signed({ ...expires, sessionToken: 'tokem' })),
      await refusal(temporary, signed({ ...expires, sessionToken: 'token2' })),
      await refusal(lasting, signed({ ...expires, sessionToken: 'token' })),
    ];
    for (const error of refused) assert.equal(error.name, 'UnrecognizedClientException');
  }
});

test('nothing is said about a session token before the signature is proven', async () => {
  const temporary = verifierOf({ credentials: [known({ sessionToken: 'token' })] });
  for (const sessionToken of ['token', 'other']) {
    const error = await refusal(temporary, signed({ secret: 'wrong', sessionToken }));
    assert.equal(error.name, 'InvalidSignatureException');
  }
});

test('a changed secret counts at once, with or without forgetting the old one', async () => {
  const credentials = [known()];
  const verifier = verifierOf({ credentials });
  await verify(verifier, signed());
  credentials[0] = known({ secret: secretOf('new secret') });
  assert.equal((await refusal(verifier, signed())).name, 'InvalidSignatureException');
  await verify(verifier, signed({ secret: 'new secret' }));
  verifier.forget('AKIDEXAMPLE');
  await verify(verifier, signed({ secret: 'new secret' }));
});
