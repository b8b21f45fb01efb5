/**
 * AWS managed keys: one for each service that encrypts on behalf of an account, named `alias/aws/<service>`, made when the
 * service first uses it or someone looks at it. Only the service can use it, for principals of the account; nobody can change
 * it, and it is rotated every year. Source: AWS KMS Developer Guide, AWS KMS keys, "AWS managed keys".
 */
import { dayMs } from '#base/clock.ts';
import { generateMaterial } from '#crypto/key-material.ts';
import { type AliasName, isServiceName, keyArn, type Place, parseKeyId, rootArn } from '#model/arn.ts';
import { putAlias } from './aliases.ts';
import { type NewKey, newKeyId, putKey } from './create.ts';
import type { Keyring } from './keyring.ts';
import { putRotationDate } from './rotation.ts';
import type { LocatedKey } from './snapshots.ts';

const spec = 'SYMMETRIC_DEFAULT';
const usage = 'ENCRYPT_DECRYPT';
const periodDays = 365;

/** The services that AWS documents an alias for; another one's comes into being with its first use. */
const predefined: ReadonlySet<string> = new Set(
  'acm backup cloud9 codeartifact codecommit connect dms dynamodb ebs elasticfilesystem es fsx glue kinesis kinesisvideo lambda lightsail mgn rds redshift s3 secretsmanager ses sns sqs ssm workmail workspaces xray'.split(
    ' ',
  ),
);

/** What a service calls itself where it uses a key of another name. */
const askingAs = new Map([['ebs', 'ec2']]);

export interface Occasion {
  /** The service that asks on behalf of the caller, if one does. */
  readonly viaService: string | undefined;
  /** Whether someone looks at the key. */
  readonly isLook: boolean;
}

// Diverges: aws-managed-services
/** The service whose key is about to come into being; undefined where this is no occasion for one. */
export function serviceToServe(name: AliasName, { viaService, isLook }: Occasion): string | undefined {
  const service = name.startsWith('alias/aws/') ? name.slice('alias/aws/'.length) : '';
  if ((askingAs.get(service) ?? service) === viaService && isServiceName(service)) return service;
  return isLook && predefined.has(service) ? service : undefined;
}

/** The key as it will be, before anything is stored: whether the caller may is yet to be found out. */
export function awsManagedKeyToBe(keyring: Keyring, place: Place, service: string): LocatedKey {
  const { isMultiRegion: _, ...own } = newKeyFor(keyring, place, service);
  const keyId = newKeyId();
  const { accountId, region } = place;
  const state = { name: 'Enabled' } as const;
  const createdAtMs = keyring.vault.clock.now();
  const record = {
    ...own,
    accountId,
    region,
    keyId,
    createdAtMs,
    state,
  };
  const viaAlias = aliasFor(service);
  return {
    record,
    keyId,
    place,
    arn: keyArn(place, keyId),
    aliases: [viaAlias],
    materials: new Map(),
    viaAlias,
    isToBe: true,
  };
}

/** Makes the key, or finds the one that another request made meanwhile. */
export async function makeAwsManagedKey(keyring: Keyring, { place, keyId, record }: LocatedKey): Promise<LocatedKey> {
  const service = record.managedFor ?? '';
  const name = aliasFor(service);
  const path = [place.accountId, place.region, name];
  const { vault, snapshots } = keyring;
  using material = await generateMaterial(spec);
  const made = await vault.store.write(async (transaction) => {
    const present = await transaction.get('aliases', path);
    if (present !== undefined) return present.keyId;
    const wanted = newKeyFor(keyring, place, service);
    await putKey(vault, transaction, { place, keyId, wanted, material });
    const now = vault.clock.now();
    putAlias(transaction, place, { name, keyId, createdAtMs: now, updatedAtMs: now });
    if (wanted.rotation !== undefined) putRotationDate(transaction, record, wanted.rotation.nextAtMs);
    return keyId;
  });
  const madeId = parseKeyId(made);
  const key = madeId === undefined ? undefined : await snapshots.key(place, madeId);
  if (key === undefined) throw new Error(`The new key ${made} is not in the store.`);
  return { ...key, viaAlias: name };
}

function aliasFor(service: string): AliasName {
  return `alias/aws/${service}`;
}

function newKeyFor({ vault }: Keyring, place: Place, service: string): NewKey {
  return {
    description: `Default key that protects my ${service.toUpperCase()} data when no other key is defined`,
    spec,
    usage,
    origin: 'AWS_KMS',
    policy: policyFor(place, service),
    tags: [],
    managedFor: service,
    rotation: { periodDays, nextAtMs: vault.clock.now() + periodDays * dayMs },
    isMultiRegion: false,
  };
}

/** AWS KMS Developer Guide, "Viewing the key policy of an AWS managed key". */
function policyFor(place: Place, service: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow access through ${service} for all principals in the account that are authorized to use ${service}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:ViaService': `${askingAs.get(service) ?? service}.${place.region}.amazonaws.com`,
            'kms:CallerAccount': place.accountId,
          },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: rootArn(place) },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  });
}
