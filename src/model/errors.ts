/**
 * The errors of AWS KMS and of the front end before it: names, HTTP statuses, and the makers that hold all wording.
 * Source: AWS KMS API Reference, Errors of each action and Common Errors; where AWS's pages and its wire disagree, the
 * wire wins (400 instead of 403, 404, 409; see DIVERGENCES.md). Makers take identifiers, names and numbers, never the bytes
 * or the body of a request, so no error text can carry a secret.
 */

import { ApiError } from './api-error.ts';

// --- Front end -------------------------------------------------------------------------------------------------------

export const unknownOperation = (): ApiError => new ApiError('UnknownOperationException', '');

export const serialization = (problem: string): ApiError => new ApiError('SerializationException', problem);

/** Of the Query protocol: parameters that cannot be read. */
export const malformedQuery = (): ApiError =>
  new ApiError('MalformedQueryString', 'The query string contains a syntax error.');

/** Of the Query protocol: no operation of this name. */
export const invalidAction = (name: string, version: string): ApiError =>
  new ApiError('InvalidAction', `Could not find operation ${name} for version ${version}`);

export const bodyTooLarge = (maxBytes: number): ApiError =>
  new ApiError('RequestEntityTooLargeException', `The request body is larger than ${maxBytes} bytes.`);

export const internalFailure = (cause: unknown): ApiError =>
  new ApiError('KMSInternalException', 'An internal error occurred. The service log has it under this request id.', {
    cause,
  });

/** Source: AWS KMS Developer Guide, Throttling AWS KMS requests. */
export const throttled = (): ApiError =>
  new ApiError(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  );

export const draining = (): ApiError =>
  new ApiError('ServiceUnavailableException', 'The service is starting or stopping. Retry the request.');

/** One header sentence, one clause a violation. Clauses come from schema.ts. */
export function validation(clauses: readonly string[]): ApiError {
  const errors = clauses.length === 1 ? '1 validation error' : `${clauses.length} validation errors`;
  return new ApiError('ValidationException', `${errors} detected: ${clauses.join('; ')}`);
}

/** A ValidationException outside the framework's format, as the service itself words them. */
export const invalid = (message: string): ApiError => new ApiError('ValidationException', message);

// Diverges: attestation-refusal-texts
export const invalidAttestation = (problem: string): ApiError =>
  invalid(`The attestation document is not valid: ${problem}.`);

// --- Authentication (IAM User Guide, Troubleshoot Signature Version 4) -----------------------------------------------

export const missingAuthentication = (): ApiError =>
  new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');

export const incompleteSignature = (problem: string): ApiError => new ApiError('IncompleteSignatureException', problem);

export const invalidSignature = (problem: string): ApiError => new ApiError('InvalidSignatureException', problem);

/** One text for a wrong signature and for an unknown access key: see DIVERGENCES.md. */
// Diverges: unknown-access-key
export const signatureMismatch = (reason: string): ApiError =>
  new ApiError(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    { reason },
  );

export const unrecognizedClient = (): ApiError =>
  new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');

export const expiredToken = (): ApiError =>
  new ApiError('ExpiredTokenException', 'The security token included in the request is expired');

// --- Finding a key ---------------------------------------------------------------------------------------------------

export const keyNotFound = (keyArn: string): ApiError =>
  new ApiError('NotFoundException', `Key '${keyArn}' does not exist`);

export const invalidKeyId = (keyId: string): ApiError => new ApiError('NotFoundException', `Invalid keyId '${keyId}'`);

export const arnOfOtherRegion = (region: string): ApiError =>
  new ApiError('NotFoundException', `Invalid arn ${region}`);

/** Which of the two an operation lists is for the caller of this to say. */
export const invalidArn = (arn: string, name: 'InvalidArnException' | 'NotFoundException'): ApiError =>
  new ApiError(name, `Invalid arn ${arn}`);

export const aliasNotFound = (aliasArn: string): ApiError =>
  new ApiError('NotFoundException', `Alias ${aliasArn} is not found.`);

export const aliasNotSupported = (): ApiError =>
  new ApiError('InvalidArnException', 'Key Aliases are not supported for this operation.');

export const noSuchPolicy = (): ApiError => new ApiError('NotFoundException', 'No such policy exists');

// --- Permission ------------------------------------------------------------------------------------------------------

/** The text says who, what, where and why, as far as the caller may know; `why` is for the audit record. */
export const accessDenied = (text: string, why?: unknown): ApiError =>
  new ApiError('AccessDeniedException', text, why === undefined ? {} : { reason: JSON.stringify(why) });

const unreachable =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';

/** A key of another account: the same text whether or not it exists. */
export const accessDeniedElsewhere = (callerArn: string, action: string, why?: unknown): ApiError =>
  accessDenied(`User: ${callerArn} is not authorized to perform: ${action} on this resource ${unreachable}`, why);

/** The key that a ciphertext names is unknown here. A key whose policy does not let the caller use it is told alike. */
export const ciphertextKeyDenied = (callerArn: string, action: string): ApiError =>
  accessDenied(
    `User: ${callerArn} is not authorized to perform: ${action} on the resource associated with this ciphertext ${unreachable}`,
  );

// --- Key state and usage ---------------------------------------------------------------------------------------------

export const disabled = (keyArn: string): ApiError => new ApiError('DisabledException', `${keyArn} is disabled.`);

export const invalidState = (keyArn: string, state: string): ApiError =>
  new ApiError('KMSInvalidStateException', `${keyArn} is ${state}.`);

export const wrongUsage = (keyArn: string, usage: string, operation: string): ApiError =>
  new ApiError('InvalidKeyUsageException', `${keyArn} key usage is ${usage} which is not valid for ${operation}.`);

export const wrongOrigin = (keyArn: string, origin: string): ApiError =>
  new ApiError('UnsupportedOperationException', `${keyArn} origin is ${origin} which is not valid for this operation.`);

export const inKeyStore = (keyArn: string): ApiError =>
  new ApiError('UnsupportedOperationException', `${keyArn} is in a custom key store, where this is not supported.`);

export const algorithmMismatch = (algorithm: string, keySpec: string): ApiError =>
  new ApiError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${keySpec}.`);

// --- Multi-Region keys ---------------------------------------------------------------------------------------------

// Diverges: multi-region-texts
export const notPrimary = (keyArn: string): ApiError => unsupported(`${keyArn} is not a multi-region primary key.`);

export const keyExists = (keyArn: string): ApiError =>
  new ApiError('AlreadyExistsException', `The key ${keyArn} already exists.`);

export const regionOfPrimary = (region: string): ApiError => invalid(`The primary key is in ${region} itself.`);

export const regionUnserved = (region: string): ApiError => unsupported(`Keys cannot be replicated to ${region}.`);

// --- Cryptography ----------------------------------------------------------------------------------------------------

/** Whatever is wrong with a ciphertext or its context, the caller learns only that it does not decrypt. */
export const invalidCiphertext = (reason: string): ApiError =>
  new ApiError('InvalidCiphertextException', '', { reason });

export const plaintextLength = (
  algorithm: string,
  keySpec: string,
  bytes: `larger than ${number}` | 'of 0',
): ApiError => invalid(`Algorithm ${algorithm} and key spec ${keySpec} cannot encrypt data ${bytes} bytes.`);

// Diverges: asymmetric-encryption
export const contextNotSupported = (keySpec: string): ApiError =>
  invalid(`An encryption context cannot be used with a KMS key of spec ${keySpec}.`);

/** AWS KMS answers without a text. */
export const unusablePublicKey = (): ApiError => invalid('');

export const invalidMac = (): ApiError => new ApiError('KMSInvalidMacException', '');

export const invalidDigest = (algorithm: string): ApiError =>
  invalid(`Digest is invalid length for algorithm ${algorithm}.`);

// Diverges: message-type-texts
export const invalidMessageType = (messageType: string, algorithm: string): ApiError =>
  invalid(`MessageType ${messageType} is not valid for algorithm ${algorithm}.`);

/** Of a signature that Verify was given; not of the request's own. */
export const wrongSignature = (): ApiError => new ApiError('KMSInvalidSignatureException', '');

export const incorrectKey = (): ApiError =>
  new ApiError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );

export const dryRun = (): ApiError =>
  new ApiError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.');

// --- Rotation and import ---------------------------------------------------------------------------------------------

// Diverges: rotation-refusal-texts
export const rotationConflict = (keyArn: string): ApiError =>
  new ApiError('ConflictException', `An automatic rotation of ${keyArn} is in progress or about to begin.`);

export const tooManyRotations = (keyArn: string): ApiError =>
  limitExceeded(
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${keyArn}`,
  );

export const noPendingMaterial = (keyArn: string): ApiError =>
  new ApiError('KMSInvalidStateException', `No available key material pending rotation for the key: ${keyArn}.`);

export const otherMaterialPending = (keyId: string, materialId: string, pendingId: string): ApiError =>
  new ApiError(
    'KMSInvalidStateException',
    `New key material (id: ${materialId}) cannot be imported into KMS key ${keyId}, because another key material (id: ${pendingId}) is pending rotation.`,
  );

// Diverges: import-refusal-texts
export const invalidImportToken = (): ApiError =>
  new ApiError('InvalidImportTokenException', 'The import token is not one for this key.');

export const expiredImportToken = (): ApiError =>
  new ApiError('ExpiredImportTokenException', 'The import token has expired.');

/** The same for wrong bytes and for the wrong key's: nobody learns about material by guessing. */
export const incorrectMaterial = (reason: string): ApiError =>
  new ApiError('IncorrectKeyMaterialException', 'The key material is not what this key needs.', { reason });

export const materialNotFound = (keyArn: string, materialId: string): ApiError =>
  new ApiError('NotFoundException', `${keyArn} has no key material ${materialId}.`);

// --- Aliases, tags, policies -----------------------------------------------------------------------------------------

export const aliasPrefixMissing = (): ApiError =>
  invalid(
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  );

export const invalidAliasName = (name: string): ApiError =>
  new ApiError('InvalidAliasNameException', `${name} contains invalid characters for an alias`);

export const reservedAlias = (name: string): ApiError =>
  new ApiError('InvalidAliasNameException', `${name} begins with the reserved prefix alias/aws/`);

export const aliasExists = (aliasArn: string): ApiError =>
  new ApiError('AlreadyExistsException', `An alias with the name ${aliasArn} already exists`);

export const aliasOfAlias = (): ApiError => invalid('Aliases must refer to keys. Not aliases');

export const aliasUsageChange = (name: string, from: string, to: string): ApiError =>
  invalid(
    `Alias ${name} cannot be changed from a CMK with key usage ${from} to a CMK with key usage ${to}. The key usage of the current CMK and the new CMK must be the same.`,
  );

// Diverges: alias-kind-text
export const aliasKindChange = (name: string, from: string, to: string): ApiError =>
  invalid(
    `Alias ${name} cannot be changed from a key of spec ${from} to a key of spec ${to}. Both keys must be symmetric, both asymmetric, or both HMAC keys.`,
  );

export const tagProblem = (problem: 'Duplicate tag keys' | 'Too many tags' | 'Tags beginning with aws: are reserved') =>
  new ApiError('TagException', problem);

// Diverges: policy-refusal-texts
export const malformedPolicy = (problem: string): ApiError => new ApiError('MalformedPolicyDocumentException', problem);

export const lockedOut = (): ApiError =>
  malformedPolicy('The new key policy will not allow you to update the key policy in the future.');

// --- Grants ----------------------------------------------------------------------------------------------------------

// Diverges: grant-refusal-texts
export const invalidGrantId = (grantId: string): ApiError =>
  new ApiError('InvalidGrantIdException', `Invalid grantId '${grantId}'`);

/** A grant id cannot be guessed, so that this tells nothing about a key, not even about another account's. */
export const grantNotFound = (grantId: string): ApiError =>
  new ApiError('NotFoundException', `Grant ID ${grantId} not found`);

/** The same whatever is wrong with a token; tokens are never shown. */
export const invalidGrantToken = (): ApiError =>
  new ApiError('InvalidGrantTokenException', 'The grant token is not valid.');

export const invalidPrincipal = (name: string): ApiError =>
  new ApiError('InvalidArnException', `ARN does not refer to a valid principal: ${name}`);

// --- Limits, paging, what is not built -------------------------------------------------------------------------------

export const limitExceeded = (problem: string): ApiError => new ApiError('LimitExceededException', problem);

export const invalidMarker = (): ApiError =>
  new ApiError('InvalidMarkerException', 'The marker is not one that this operation returned.');

export const unsupported = (problem: string): ApiError => new ApiError('UnsupportedOperationException', problem);

// Diverges: unbuilt-operations
export const noCustomKeyStores = (): ApiError =>
  unsupported('Custom key stores are not supported by this version of Keywright.');
