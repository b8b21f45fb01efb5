/**
 * Web identity tokens: ID tokens of an OpenID Connect provider that an account has registered. Source: STS API Reference,
 * AssumeRoleWithWebIdentity; OpenID Connect Core 1.0, sections 2 and 3.1.3.7; RFC 7519; IAM User Guide, Passing session tags
 * using AssumeRoleWithWebIdentity, and Monitor and control actions taken with assumed roles.
 */
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Identities } from '#identity/identities.ts';
import type { Realm } from '#identity/names.ts';
import { ApiError } from '#model/api-error.ts';
import { incorrectAudience, invalidIdentityToken, noOpenIdProvider, webIdentityExpired } from '#model/sts-errors.ts';
import type { OpenIdProviderRecord, TagPairs } from '#storage/store.ts';
import { noTags, type SessionTags } from './session-tags.ts';

/** What a token proves of whoever shows it. */
export interface WebIdentity {
  /** `https://…` */
  readonly issuer: string;
  readonly providerArn: string;
  readonly subject: string;
  /** The client id of the provider that the token is for. */
  readonly audience: string;
  /** Condition keys with their values: `issuer.example:sub`. */
  readonly claims: TagPairs;
  readonly passed: SessionTags;
  readonly sourceIdentity: string | undefined;
}

/** Signatures alone: with a shared secret whoever can verify a token could make one. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

// Diverges: web-identity-clock
/** How far the issuer's clock may be ahead of ours. An expired token is expired. */
const skewSeconds = 60;

/** Throws InvalidIdentityToken, ExpiredTokenException and IDPCommunicationError. */
// Diverges: oidc-thumbprints
export async function verifyWebIdentity(identities: Identities, realm: Realm, token: string): Promise<WebIdentity> {
  const issuer = issuerOf(token);
  const provider = await providerOf(identities, realm, issuer);
  const payload = await verify(identities, issuer, token);
  const { sub: subject, aud, azp } = payload;
  if (typeof subject !== 'string' || subject === '' || subject.length > 255) throw malformedClaim('sub');
  const audiences = textsOf(aud, 'aud');
  if (azp !== undefined && typeof azp !== 'string') throw malformedClaim('azp');
  const audience = [azp, ...audiences].find((one) => one !== undefined && provider.clientIds.includes(one));
  if (audience === undefined) throw incorrectAudience();
  const values: TagPairs = [
    ...audiences.map((one) => ['aud', one] as const),
    ['sub', subject],
    ...(azp === undefined ? [] : [['azp', azp] as const]),
    ...(payload['amr'] === undefined ? [] : textsOf(payload['amr'], 'amr').map((one) => ['amr', one] as const)),
  ];
  return {
    issuer,
    providerArn: `arn:${realm.partition}:iam::${realm.accountId}:oidc-provider/${provider.url}`,
    subject,
    audience,
    // Diverges: web-identity-audience-key
    claims: values.map(([name, value]) => [`${provider.url}:${name}`, value]),
    passed: tagsOf(payload['https://aws.amazon.com/tags']),
    sourceIdentity: sourceIdentityOf(payload['https://aws.amazon.com/source_identity']),
  };
}

/** What a token says of its issuer, unproven. */
function issuerOf(token: string): string {
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss === 'string') return iss;
  } catch (error) {
    throw invalidIdentityToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
      error,
    );
  }
  throw malformedClaim('iss');
}

async function providerOf({ vault }: Identities, { accountId }: Realm, issuer: string): Promise<OpenIdProviderRecord> {
  const [, url] = /^https:\/\/([!-~]+)$/.exec(issuer) ?? [];
  const record = url === undefined ? undefined : await vault.store.get('openIdProviders', [accountId, url]);
  if (record === undefined || record.url !== url) throw noOpenIdProvider(issuer);
  return record;
}

async function verify({ vault, issuerKeys }: Identities, issuer: string, token: string): Promise<JWTPayload> {
  const nowMs = vault.clock.now();
  const nowSeconds = Math.floor(nowMs / 1000);
  const payload = await verifyAt(new Date(nowMs), { token, issuer, issuerKeys });
  const { exp = 0, iat } = payload;
  if (exp <= nowSeconds) throw webIdentityExpired(nowSeconds, exp);
  if (typeof iat !== 'number' || iat > nowSeconds + skewSeconds) throw malformedClaim('iat');
  return payload;
}

async function verifyAt(
  currentDate: Date,
  { token, issuer, issuerKeys }: { readonly token: string; readonly issuer: string } & Pick<Identities, 'issuerKeys'>,
): Promise<JWTPayload> {
  try {
    const requiredClaims = ['iss', 'sub', 'aud', 'exp', 'iat'];
    const wanted = { algorithms, issuer, currentDate, clockTolerance: skewSeconds, requiredClaims };
    return (await jwtVerify(token, issuerKeys.finderFor(issuer), wanted)).payload;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof errors.JWTExpired) {
      throw webIdentityExpired(Math.floor(currentDate.getTime() / 1000), error.payload.exp ?? 0);
    }
    if (error instanceof errors.JWTClaimValidationFailed) throw malformedClaim(error.claim, error);
    throw invalidIdentityToken("The token's signature cannot be verified.", error);
  }
}

function malformedClaim(claim: string, cause?: unknown): ApiError {
  return invalidIdentityToken(`The claim ${claim} of the token is missing or not valid.`, cause);
}

/** One text, or a list of them. */
function textsOf(value: unknown, claim: string): readonly string[] {
  const texts: readonly unknown[] = [value].flat();
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) throw malformedClaim(claim);
  return texts;
}

const tagKey = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** `{"principal_tags": {"Team": ["Blue"]}, "transitive_tag_keys": ["Team"]}` */
function tagsOf(value: unknown): SessionTags {
  if (value === undefined) return noTags;
  const claim = 'https://aws.amazon.com/tags';
  const { principal_tags: pairs, transitive_tag_keys: transitive } = membersOf(value, claim);
  const tags = Object.entries(pairs === undefined ? {} : membersOf(pairs, claim)).map(([key, values]) => {
    const [text = '', ...more] = textsOf(values, claim);
    if (more.length > 0 || !tagKey.test(key) || !tagValue.test(text)) throw malformedClaim(claim);
    return [key, text] as const;
  });
  const isNone = transitive === undefined || (Array.isArray(transitive) && transitive.length === 0);
  return { tags, transitiveTagKeys: isNone ? [] : textsOf(transitive, claim) };
}

function sourceIdentityOf(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && /^[\w+=,.@-]{2,64}$/.test(value))) return value;
  throw malformedClaim('https://aws.amazon.com/source_identity');
}

function membersOf(value: unknown, claim: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformedClaim(claim);
  return value as Readonly<Record<string, unknown>>; // an object of JSON
}
