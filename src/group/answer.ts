/** What a worker answers itself, and what it has the leader do. */
import { WrittenElsewhere } from '#base/written-elsewhere.ts';
import { type Service, serve, shed } from '#call/serve.ts';
import type { Received, Reply } from '#call/stages.ts';
import type { KmsOperationName } from '#model/operation-names.ts';
import { firstHeader } from '#protocol/sigv4/request.ts';
import type { Leader } from './leader.ts';

/** Operations that only read, and nothing that the leader alone knows. */
const answeredHere: ReadonlySet<string> = new Set<KmsOperationName>([
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'DescribeKey',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GenerateRandom',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'GetPublicKey',
  'ListAliases',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListKeys',
  'ListResourceTags',
  'ListRetirableGrants',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
]);
const targetPrefix = 'TrentService.';

/** Serves a request here where that can be, and by the leader otherwise. Never rejects. */
export async function answer(received: Received, leader: Leader, service: Service): Promise<Reply> {
  if (!isAnsweredHere(received) || leader.trailFailure !== undefined) return relay(received, leader, service);
  try {
    return await serve(received, service);
  } catch (error) {
    // An AWS managed key, for instance, comes into being with its first use.
    if (error instanceof WrittenElsewhere) return relay(received, leader, service);
    throw error;
  }
}

/** The leader has one ear for all: what is too much for it is refused here. */
async function relay(received: Received, leader: Leader, service: Service): Promise<Reply> {
  if (leader.isBusy || !service.overload.begin()) return shed(received, service);
  return leader.serve(received).finally(service.overload.end);
}

function isAnsweredHere({ request }: Received): boolean {
  const target = firstHeader(request.rawHeaders, 'x-amz-target');
  return target?.startsWith(targetPrefix) === true && answeredHere.has(target.slice(targetPrefix.length));
}
