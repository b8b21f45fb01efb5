/** An answer to the caller that is not a success: what it can be called, and which HTTP status goes with it. */

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
  // IAM and STS: the codes of the Query protocol (IAM and STS API Reference, Errors of each action)
  ConcurrentModification: 409,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  EntityTemporarilyUnmodifiable: 409,
  IDPCommunicationError: 400,
  IDPRejectedClaim: 403,
  InvalidAction: 400,
  InvalidAuthorizationMessageException: 400,
  InvalidIdentityToken: 400,
  InvalidInput: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  MalformedQueryString: 404,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  PolicyNotAttachable: 400,
  UnmodifiableEntity: 400,
  // CloudTrail (AWS CloudTrail API Reference, Errors of each action)
  CloudTrailARNInvalidException: 400,
  InvalidLookupAttributesException: 400,
  InvalidMaxResultsException: 400,
  InvalidNextTokenException: 400,
  InvalidTimeRangeException: 400,
  InvalidTokenException: 400,
  InvalidTrailNameException: 400,
  TrailNotFoundException: 400,
  // Amazon S3 (Amazon S3 API Reference, Error responses, List of error codes)
  InvalidArgument: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type ErrorName = Exclude<keyof typeof statuses, '__proto__'>;

/** An answer to the caller that is not a success. Anything else that is thrown is our fault and stays inside. */
export class ApiError extends Error {
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
