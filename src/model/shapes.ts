/**
 * The shapes that the operations of AWS KMS share: limits, patterns and enumerations.
 * Source: the service's published model, API version 2014-11-01, as the AWS SDKs carry it.
 */
import {
  blob,
  boolean,
  enumeration,
  integer,
  list,
  optional,
  secretBlob,
  string,
  structure,
  textMap,
  timestamp,
} from './schema.ts';

// --- Identifiers and text --------------------------------------------------------------------------------------------

export const keyId = string({ min: 1, max: 2048 });
export const aliasName = string({ min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' });
export const arn = string({ min: 20, max: 2048 });
export const accountId = string({ min: 12, max: 12, pattern: '[0-9]{12}' });
export const region = string({ min: 1, max: 32, pattern: '^([a-z]+-){2,3}\\d+$' });
export const description = string({ min: 0, max: 8192 });
export const policy = string({ min: 1, max: 131_072, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' });
export const policyName = string({ min: 1, max: 128, pattern: '[\\w]+' });
export const keyMaterialId = string({ min: 64, max: 64, pattern: '^[a-f0-9]+$' });
export const keyMaterialDescription = string({ min: 0, max: 256, pattern: '^[a-zA-Z0-9:/_\\s.-]+$' });
export const limit = integer({ min: 1, max: 1000 });
export const marker = string({ min: 1, max: 1024, pattern: '[\\u0020-\\u00FF]*' });
export const numberOfBytes = integer({ min: 1, max: 1024 });
export const pendingWindowInDays = integer({ min: 1, max: 365 });
export const rotationPeriodInDays = integer({ min: 90, max: 2560 });

// --- Bytes -----------------------------------------------------------------------------------------------------------

export const ciphertext = blob({ min: 1, max: 6144 });
export const plaintext = secretBlob({ min: 1, max: 4096 });
export const publicKey = blob({ min: 1, max: 8192 });
// Diverges: context-size
export const encryptionContext = textMap();

// --- Enumerations ----------------------------------------------------------------------------------------------------

/** The specs that CustomerMasterKeySpec knows; AWS has deprecated it in favour of KeySpec, and goes on answering it. */
const earlierKeySpecs = [
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'SM2',
] as const;
export const customerMasterKeySpec = enumeration(earlierKeySpecs);
export const keySpec = enumeration([
  ...earlierKeySpecs,
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
  'ECC_NIST_EDWARDS25519',
]);
export const keyUsage = enumeration([
  'SIGN_VERIFY',
  'ENCRYPT_DECRYPT',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'ENCAPSULATE_DECAPSULATE',
]);
export const keyState = enumeration([
  'Creating',
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingImport',
  'PendingReplicaDeletion',
  'Unavailable',
  'Updating',
]);
export const origin = enumeration(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']);
export const dataKeySpec = enumeration(['AES_256', 'AES_128']);
export const dataKeyPairSpec = enumeration([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SM2',
  'ECC_NIST_EDWARDS25519',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
]);
export const encryptionAlgorithm = enumeration([
  'SYMMETRIC_DEFAULT',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'SM2PKE',
]);
export const signingAlgorithm = enumeration([
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ECDSA_SHA_512',
  'SM2DSA',
  'ML_DSA_SHAKE_256',
  'ED25519_SHA_512',
  'ED25519_PH_SHA_512',
]);
export const macAlgorithm = enumeration(['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512']);
export const keyAgreementAlgorithm = enumeration(['ECDH']);
export const encapsulationAlgorithm = enumeration(['ML_KEM']);
export const messageType = enumeration(['RAW', 'DIGEST', 'EXTERNAL_MU']);
export const expirationModel = enumeration(['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE']);
export const dryRunModifiers = list(enumeration(['IGNORE_CIPHERTEXT']));

// --- Structures ------------------------------------------------------------------------------------------------------

export const tag = structure({ TagKey: string({ min: 1, max: 128 }), TagValue: string({ min: 0, max: 256 }) });
export const tags = list(tag);
export const tagKeys = list(string({ min: 1, max: 128 }));

/** Tokens are secret to whoever holds them, so no error text shows one. */
export const grantToken = string({ min: 1, max: 8192, sensitive: true });
export const grantTokens = list(grantToken, { min: 0, max: 10 });

export const recipient = structure({
  KeyEncryptionAlgorithm: optional(enumeration(['RSAES_OAEP_SHA_256'])),
  AttestationDocument: optional(blob({ min: 1, max: 262_144 })),
});

const multiRegionKey = structure({ Arn: optional(arn), Region: optional(region) });

export const keyMetadata = structure({
  AWSAccountId: optional(string()),
  KeyId: keyId,
  Arn: optional(arn),
  CreationDate: optional(timestamp),
  Enabled: optional(boolean),
  Description: optional(description),
  KeyUsage: optional(keyUsage),
  KeyState: optional(keyState),
  DeletionDate: optional(timestamp),
  ValidTo: optional(timestamp),
  Origin: optional(origin),
  CustomKeyStoreId: optional(string({ min: 1, max: 64 })),
  CloudHsmClusterId: optional(string({ min: 19, max: 24, pattern: 'cluster-[2-7a-zA-Z]{11,16}' })),
  ExpirationModel: optional(expirationModel),
  KeyManager: optional(enumeration(['AWS', 'CUSTOMER'])),
  CustomerMasterKeySpec: optional(customerMasterKeySpec),
  KeySpec: optional(keySpec),
  EncryptionAlgorithms: optional(list(encryptionAlgorithm)),
  SigningAlgorithms: optional(list(signingAlgorithm)),
  KeyAgreementAlgorithms: optional(list(keyAgreementAlgorithm)),
  EncapsulationAlgorithms: optional(list(encapsulationAlgorithm)),
  MultiRegion: optional(boolean),
  MultiRegionConfiguration: optional(
    structure({
      MultiRegionKeyType: optional(enumeration(['PRIMARY', 'REPLICA'])),
      PrimaryKey: optional(multiRegionKey),
      ReplicaKeys: optional(list(multiRegionKey)),
    }),
  ),
  PendingDeletionWindowInDays: optional(pendingWindowInDays),
  MacAlgorithms: optional(list(macAlgorithm)),
  XksKeyConfiguration: optional(
    structure({ Id: optional(string({ min: 1, max: 128, pattern: '^[a-zA-Z0-9-_.]+$' })) }),
  ),
  CurrentKeyMaterialId: optional(keyMaterialId),
});

// --- Grants ----------------------------------------------------------------------------------------------------------

export const principalId = string({ min: 1, max: 256, pattern: '^[\\w+=,.@:/-]+$' });
export const servicePrincipal = string({
  min: 1,
  max: 128,
  pattern: '^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$',
});
export const grantId = string({ min: 1, max: 128 });
export const grantName = string({ min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' });
export const grantOperations = list(
  enumeration([
    'Decrypt',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'ReEncryptFrom',
    'ReEncryptTo',
    'Sign',
    'Verify',
    'GetPublicKey',
    'CreateGrant',
    'RetireGrant',
    'DescribeKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateMac',
    'VerifyMac',
    'DeriveSharedSecret',
    'Encapsulate',
    'Decapsulate',
  ]),
);
export const grantConstraints = structure({
  EncryptionContextSubset: optional(encryptionContext),
  EncryptionContextEquals: optional(encryptionContext),
  SourceArn: optional(arn),
});

export const grantPage = structure({
  Grants: optional(
    list(
      structure({
        KeyId: optional(keyId),
        GrantId: optional(grantId),
        Name: optional(grantName),
        CreationDate: optional(timestamp),
        GranteePrincipal: optional(principalId),
        RetiringPrincipal: optional(principalId),
        IssuingAccount: optional(principalId),
        Operations: optional(grantOperations),
        Constraints: optional(grantConstraints),
        GranteeServicePrincipal: optional(servicePrincipal),
        RetiringServicePrincipal: optional(servicePrincipal),
      }),
    ),
  ),
  NextMarker: optional(marker),
  Truncated: optional(boolean),
});

// --- Custom key stores -----------------------------------------------------------------------------------------------

export const customKeyStoreId = string({ min: 1, max: 64 });
export const customKeyStoreName = string({ min: 1, max: 256 });
export const customKeyStoreType = enumeration(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']);
export const cloudHsmClusterId = string({ min: 19, max: 24, pattern: 'cluster-[2-7a-zA-Z]{11,16}' });
export const trustAnchorCertificate = string({ min: 1, max: 5000 });
export const keyStorePassword = string({ min: 7, max: 32, sensitive: true });
export const xksKeyId = string({ min: 1, max: 128, pattern: '^[a-zA-Z0-9-_.]+$' });
export const xksProxyUriEndpoint = string({ min: 10, max: 128, pattern: '^https://[a-zA-Z0-9.-]+$' });
export const xksProxyUriPath = string({
  min: 10,
  max: 128,
  pattern: '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$',
});
export const xksProxyVpcEndpointServiceName = string({
  min: 20,
  max: 64,
  pattern: '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$',
});
export const xksProxyConnectivity = enumeration(['PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE']);
const xksProxyAccessKeyId = string({ min: 20, max: 30, pattern: '^[A-Z2-7]+$', sensitive: true });
export const xksProxyAuthenticationCredential = structure({
  AccessKeyId: xksProxyAccessKeyId,
  RawSecretAccessKey: string({ min: 43, max: 64, pattern: '^[a-zA-Z0-9\\/+=]+$', sensitive: true }),
});
export const xksProxyConfiguration = structure({
  Connectivity: optional(xksProxyConnectivity),
  AccessKeyId: optional(xksProxyAccessKeyId),
  UriEndpoint: optional(xksProxyUriEndpoint),
  UriPath: optional(xksProxyUriPath),
  VpcEndpointServiceName: optional(xksProxyVpcEndpointServiceName),
  VpcEndpointServiceOwner: optional(accountId),
});
