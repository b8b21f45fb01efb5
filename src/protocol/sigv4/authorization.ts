/**
 * Reads the claims of a signed request, from its Authorization header or from the query of a presigned URL (IAM User
 * Guide, AWS Signature Version 4 for API requests). It proves nothing: verify.ts does. Which region and service are
 * served is the router's business. SigV4a and chunk-signed bodies are left out: no KMS client uses them.
 */

import { Lru } from '#base/lru.ts';
import { missingAuthentication } from '#model/errors.ts';
import { amzDateOfHttpDate } from './amz-date.ts';
import { type CredentialClaims, readCredential, readSignedHeaders } from './credential.ts';
import { isPresigned, readPresigned } from './presigned.ts';
import { parseQuery, splitTarget } from './query.ts';
import {
  malformedDate,
  malformedPair,
  missingHeaderParts,
  twoForms,
  unknownOrRepeatedPart,
  unsupportedAlgorithm,
} from './refusals.ts';
import { type Authorization, type SignedRequest, soleHeader } from './request.ts';

/** The claims, well formed. Throws MissingAuthenticationToken, IncompleteSignature or InvalidSignature as AWS would. */
export function readAuthorization(request: SignedRequest): Authorization {
  const header = soleHeader(request.rawHeaders, 'authorization');
  const { query } = splitTarget(request.target);
  if (query !== '') {
    const parameters = parseQuery(query);
    if (isPresigned(parameters)) {
      if (header !== undefined) throw twoForms();
      return readPresigned(request, parameters);
    }
  }
  if (header === undefined) throw missingAuthentication();
  return readHeaderForm(request, header);
}

function readHeaderForm({ rawHeaders }: SignedRequest, header: string): Authorization {
  const date = sentDate(rawHeaders);
  const { claims, signature } = readClaims(header, date);
  return { form: 'header', ...claims, signature, sessionToken: soleHeader(rawHeaders, 'x-amz-security-token') };
}

type Claims = CredentialClaims & Pick<Authorization, 'signedHeaders'>;

/**
 * The claims of headers read lately, by all that the header says before its signature: a client says the same all day, until its
 * next second with the very same time. Anything in here has passed every check on its form.
 */
const claimsRead = new Lru<Claims>(2048);
const beforeSignature = 'Signature=';
const usualSignature = /^[0-9a-f]{64}$/;
const signatureLength = 64;
/** Real headers have some 300 characters. Nothing is proven yet, so what strangers can make us remember is bounded. */
const longestRemembered = 512;

function readClaims(header: string, date: string): { readonly claims: Claims; readonly signature: string } {
  const signature = header.slice(-signatureLength);
  const before = header.slice(0, -signatureLength);
  if (header.length > longestRemembered || !before.endsWith(beforeSignature) || !usualSignature.test(signature)) {
    return readEveryPart(header, date);
  }
  const known = claimsRead.get(before);
  if (known?.amzDate === date) return { claims: known, signature };
  const read = readEveryPart(header, date);
  // The same list stands for the same names, for whoever has worked something out of them.
  const { signedHeaders } = known ?? read.claims;
  const claims = { ...read.claims, signedHeaders };
  claimsRead.set(before, claims);
  return { claims, signature };
}

function readEveryPart(header: string, date: string): { readonly claims: Claims; readonly signature: string } {
  const { credential, signedHeaders, signature } = readParts(header);
  if (credential === '' || signature === '' || signedHeaders === '' || date === '') {
    throw missingHeaderParts({ credential, signature, signedHeaders, date });
  }
  const claims = { ...readCredential(credential, date), signedHeaders: readSignedHeaders(signedHeaders) };
  return { claims, signature };
}

/**
 * X-Amz-Date, or else Date in either of its spellings; empty when neither was sent. Date need not be a signed header: the
 * string to sign has the time in it whichever header it came from.
 */
function sentDate(rawHeaders: readonly string[]): string {
  const amzDate = soleHeader(rawHeaders, 'x-amz-date');
  if (amzDate !== undefined) return amzDate;
  const date = soleHeader(rawHeaders, 'date');
  if (date === undefined) return '';
  if (date.length === 16) return date;
  const converted = amzDateOfHttpDate(date);
  if (converted === undefined) throw malformedDate();
  return converted;
}

interface Parts {
  credential: string;
  signedHeaders: string;
  signature: string;
}

/** The named parts of the header, in any order; those not there are empty. */
function readParts(header: string): Parts {
  const parts: Parts = { credential: '', signedHeaders: '', signature: '' };
  const space = header.indexOf(' ');
  const scheme = space < 0 ? header : header.slice(0, space);
  if (scheme !== 'AWS4-HMAC-SHA256') {
    if (scheme.startsWith('AWS4-')) throw unsupportedAlgorithm();
    return parts; // Basic, Bearer and the like: AWS answers that every part is missing
  }
  let from = space < 0 ? header.length : space + 1;
  while (from < header.length) {
    const comma = header.indexOf(',', from);
    const end = comma < 0 ? header.length : comma;
    readPart(header.slice(from, end).trim(), parts);
    from = end + 1;
  }
  return parts;
}

function readPart(pair: string, parts: Parts): void {
  const equals = pair.indexOf('=');
  if (equals < 0) throw malformedPair();
  const name = partNames.get(pair.slice(0, equals));
  if (name === undefined || parts[name] !== '') throw unknownOrRepeatedPart();
  parts[name] = pair.slice(equals + 1);
}

const partNames: ReadonlyMap<string, keyof Parts> = new Map([
  ['Credential', 'credential'],
  ['SignedHeaders', 'signedHeaders'],
  ['Signature', 'signature'],
]);
