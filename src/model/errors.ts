/**
 * The errors of AWS KMS and of the front end before it: names, HTTP statuses, and the makers that hold all wording.
 * Source: AWS KMS API Reference, Errors of each action and Common Errors; where AWS's pages and its wire disagree, the
 * wire wins (400 instead of 403, 404, 409; see DIVERGENCES.md). Makers take identifiers, names and numbers, never the bytes
 * or the body of a request, so no error text can carry a secret.
 */

/** HTTP status by error name. Its null prototype keeps a look-up from finding anything inherited. */
const statuses = {
  __proto__: null,
  AccessDeniedException: 400,
  AlreadyExistsException: 400,
  CloudHsmClusterInUseException: 400,
  CloudHsmClusterInvalidConfigurationException: 400,
  CloudHsmClusterNotActiveException: 400,
  CloudHsmClusterNotFoundException: 400,
  CloudHsmClusterNotRelatedException: 400,
  ConflictException: 400,
  CustomKeyStoreHasCMKsException: 400,
  CustomKeyStoreInvalidStateException: 400,
  CustomKeyStoreNameInUseException: 400,
  CustomKeyStoreNotFoundException: 400,
  DependencyTimeoutException: 500,
  DisabledException: 400,
  DryRunOperationException: 400,
  ExpiredImportTokenException: 400,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  IncorrectKeyException: 400,
  IncorrectKeyMaterialException: 400,
  IncorrectTrustAnchorException: 400,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidCiphertextException: 400,
  InvalidGrantIdException: 400,
  InvalidGrantTokenException: 400,
  InvalidImportTokenException: 400,
  InvalidKeyUsageException: 400,
  InvalidMarkerException: 400,
  InvalidSignatureException: 400,
  KMSInternalException: 500,
  KMSInvalidMacException: 400,
  KMSInvalidSignatureException: 400,
  KMSInvalidStateException: 400,
  KeyUnavailableException: 500,
  LimitExceededException: 400,
  MalformedPolicyDocumentException: 400,
  MissingAuthenticationTokenException: 400,
  NotFoundException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  TagException: 400,
  ThrottlingException: 400,
  // Diverges: unknown-operation
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
  XksKeyAlreadyInUseException: 400,
  XksKeyInvalidConfigurationException: 400,
  XksKeyNotFoundException: 400,
  XksProxyIncorrectAuthenticationCredentialException: 400,
  XksProxyInvalidConfigurationException: 400,
  XksProxyInvalidResponseException: 400,
  XksProxyUriEndpointInUseException: 400,
  XksProxyUriInUseException: 400,
  XksProxyUriUnreachableException: 400,
  XksProxyVpcEndpointServiceInUseException: 400,
  XksProxyVpcEndpointServiceInvalidConfigurationException: 400,
  XksProxyVpcEndpointServiceNotFoundException: 400,
} as const;

export type ErrorName = Exclude<keyof typeof statuses, '__proto__'>;

/** An answer to the caller that is not a success. Anything else that is thrown is our fault and stays inside. */
export class KmsError extends Error {
  override readonly name: ErrorName;
  /** Why, for the audit record (issue #5); the caller never sees it. */
  readonly reason: string | undefined;

  /** An empty message is one of AWS's forms: such an error has no message member on the wire. */
  constructor(name: ErrorName, message: string, detail: { cause?: unknown; reason?: string } = {}) {
    super(message, 'cause' in detail ? { cause: detail.cause } : undefined);
    this.name = name;
    this.reason = detail.reason;
  }

  get status(): number {
    return statuses[this.name];
  }
}

// --- Front end -------------------------------------------------------------------------------------------------------

export const unknownOperation = (): KmsError => new KmsError('UnknownOperationException', '');

export const serialization = (problem: string): KmsError => new KmsError('SerializationException', problem);

export const bodyTooLarge = (maxBytes: number): KmsError =>
  new KmsError('RequestEntityTooLargeException', `The request body is larger than ${maxBytes} bytes.`);

export const internalFailure = (cause: unknown): KmsError =>
  new KmsError('KMSInternalException', 'An internal error occurred. The service log has it under this request id.', {
    cause,
  });

export const draining = (): KmsError =>
  new KmsError('ServiceUnavailableException', 'The service is starting or stopping. Retry the request.');

/** One header sentence, one clause a violation. Clauses come from schema.ts. */
export function validation(clauses: readonly string[]): KmsError {
  const errors = clauses.length === 1 ? '1 validation error' : `${clauses.length} validation errors`;
  return new KmsError('ValidationException', `${errors} detected: ${clauses.join('; ')}`);
}

/** A ValidationException outside the framework's format, as the service itself words them. */
export const invalid = (message: string): KmsError => new KmsError('ValidationException', message);

// --- Authentication (IAM User Guide, Troubleshoot Signature Version 4) -----------------------------------------------

export const missingAuthentication = (): KmsError =>
  new KmsError('MissingAuthenticationTokenException', 'Missing Authentication Token');

export const incompleteSignature = (problem: string): KmsError => new KmsError('IncompleteSignatureException', problem);

export const invalidSignature = (problem: string): KmsError => new KmsError('InvalidSignatureException', problem);

/** One text for a wrong signature and for an unknown access key: see DIVERGENCES.md. */
// Diverges: unknown-access-key
export const signatureMismatch = (reason: string): KmsError =>
  new KmsError(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    { reason },
  );

export const unrecognizedClient = (): KmsError =>
  new KmsError('UnrecognizedClientException', 'The security token included in the request is invalid.');

// --- Finding a key ---------------------------------------------------------------------------------------------------

export const keyNotFound = (keyArn: string): KmsError =>
  new KmsError('NotFoundException', `Key '${keyArn}' does not exist`);

export const invalidKeyId = (keyId: string): KmsError => new KmsError('NotFoundException', `Invalid keyId '${keyId}'`);

export const arnOfOtherRegion = (region: string): KmsError =>
  new KmsError('NotFoundException', `Invalid arn ${region}`);

/** Which of the two an operation lists is for the caller of this to say. */
export const invalidArn = (arn: string, name: 'InvalidArnException' | 'NotFoundException'): KmsError =>
  new KmsError(name, `Invalid arn ${arn}`);

export const aliasNotFound = (aliasArn: string): KmsError =>
  new KmsError('NotFoundException', `Alias ${aliasArn} is not found.`);

export const aliasNotSupported = (): KmsError =>
  new KmsError('InvalidArnException', 'Key Aliases are not supported for this operation.');

export const noSuchPolicy = (): KmsError => new KmsError('NotFoundException', 'No such policy exists');

// --- Permission ------------------------------------------------------------------------------------------------------

/** The text comes from the verdict: it says who, what, where and why, as far as the caller may know. */
export const accessDenied = (text: string): KmsError => new KmsError('AccessDeniedException', text);

/** A key of another account: the same text whether or not it exists. */
export const accessDeniedElsewhere = (principalArn: string, action: string): KmsError =>
  new KmsError(
    'AccessDeniedException',
    `User: ${principalArn} is not authorized to perform: ${action} on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
  );

/** The key that a ciphertext names is unknown here or not for this caller. */
export const ciphertextKeyDenied = (): KmsError =>
  new KmsError(
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  );

// --- Key state and usage ---------------------------------------------------------------------------------------------

export const disabled = (keyArn: string): KmsError => new KmsError('DisabledException', `${keyArn} is disabled.`);

export const invalidState = (keyArn: string, state: string): KmsError =>
  new KmsError('KMSInvalidStateException', `${keyArn} is ${state}.`);

export const wrongUsage = (keyArn: string, usage: string, operation: string): KmsError =>
  new KmsError('InvalidKeyUsageException', `${keyArn} key usage is ${usage} which is not valid for ${operation}.`);

export const algorithmMismatch = (algorithm: string, keySpec: string): KmsError =>
  new KmsError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${keySpec}.`);

// --- Cryptography ----------------------------------------------------------------------------------------------------

/** Whatever is wrong with a ciphertext or its context, the caller learns only that it does not decrypt. */
export const invalidCiphertext = (reason: string): KmsError =>
  new KmsError('InvalidCiphertextException', '', { reason });

export const incorrectKey = (): KmsError =>
  new KmsError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );

export const dryRun = (): KmsError =>
  new KmsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.');

// --- Aliases, tags, policies, paging, limits -------------------------------------------------------------------------

export const aliasPrefixMissing = (): KmsError =>
  invalid(
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  );

export const invalidAliasName = (name: string): KmsError =>
  new KmsError('InvalidAliasNameException', `${name} contains invalid characters for an alias`);

export const reservedAlias = (name: string): KmsError =>
  new KmsError('InvalidAliasNameException', `${name} begins with the reserved prefix alias/aws/`);

export const aliasExists = (aliasArn: string): KmsError =>
  new KmsError('AlreadyExistsException', `An alias with the name ${aliasArn} already exists`);

export const aliasOfAlias = (): KmsError => invalid('Aliases must refer to keys. Not aliases');

export const aliasUsageChange = (name: string, from: string, to: string): KmsError =>
  invalid(
    `Alias ${name} cannot be changed from a CMK with key usage ${from} to a CMK with key usage ${to}. The key usage of the current CMK and the new CMK must be the same.`,
  );

export const tagProblem = (problem: 'Duplicate tag keys' | 'Too many tags' | 'Tags beginning with aws: are reserved') =>
  new KmsError('TagException', problem);

// Diverges: policy-refusal-texts
export const malformedPolicy = (problem: string): KmsError => new KmsError('MalformedPolicyDocumentException', problem);

export const lockedOut = (): KmsError =>
  malformedPolicy('The new key policy will not allow you to update the key policy in the future.');

export const limitExceeded = (problem: string): KmsError => new KmsError('LimitExceededException', problem);

export const invalidMarker = (): KmsError =>
  new KmsError('InvalidMarkerException', 'The marker is not one that this operation returned.');

export const unsupported = (problem: string): KmsError => new KmsError('UnsupportedOperationException', problem);
