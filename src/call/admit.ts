/**
 * Whether a request is within the quotas of its caller: the last step before it is done. Source: AWS KMS Developer Guide, Request
 * quotas: the account that asks is charged, in the Region that it asks in; what is refused is valid otherwise.
 */
import type { Admission } from '#limits/admission.ts';
import { classOfKey, classOfPair, operationClass, type QuotaClass } from '#limits/classes.ts';
import { type Place, parseRegion } from '#model/arn.ts';
import { throttled } from '#model/errors.ts';
import type { KmsOperationName } from '#model/operation-names.ts';
import { wipeSecrets } from './run.ts';
import type { UsableCall } from './stages.ts';

/** What a request takes from a quota. */
interface Charge {
  readonly place: Place;
  readonly name: QuotaClass;
  /** How many more it takes from what has yet to come. */
  readonly owes?: number;
}

/**
 * Throws ThrottlingException; then nothing has been taken. A promise where it has to wait: in a process that shares the quotas with
 * others.
 */
// Diverges: when-throttled
export function admit(call: UsableCall, limits: Admission): undefined | Promise<void> {
  if (limits.isUnlimited) return undefined;
  const charges = chargesOf(call);
  const [first] = charges;
  const isAdmitted =
    charges.length === 1 && first !== undefined ? limits.admit(first.place, first.name) : admitAll(charges, limits);
  return typeof isAdmitted === 'boolean' ? settle(call, isAdmitted) : isAdmitted.then((is) => settle(call, is));
}

function settle({ input }: UsableCall, isAdmitted: boolean): undefined {
  if (isAdmitted) return;
  wipeSecrets(input);
  throw throttled();
}

/** All or nothing. */
async function admitAll(charges: readonly Charge[], limits: Admission): Promise<boolean> {
  for (const [at, { place, name }] of charges.entries()) {
    if (await limits.admit(place, name)) continue;
    for (const taken of charges.slice(0, at)) limits.give(taken.place, taken.name, 1);
    return false;
  }
  for (const { place, name, owes = 0 } of charges) if (owes > 0) limits.give(place, name, -owes);
  return true;
}

function chargesOf({ operation, place, input, keys }: UsableCall): readonly Charge[] {
  const name = operationClass(operation.name);
  switch (name) {
    case 'by key': {
      // Diverges: re-encrypt-quota
      const names = new Set(Object.values(keys).map(({ record }) => classOfKey(record.spec)));
      return [...names].map((one) => ({ place, name: one }));
    }
    case 'by pair':
      return [{ place, name: classOfPair(String(input['KeyPairSpec'])) }];
    default:
      return [{ place, name }, ...chargesElsewhere(operation.name, place, input)];
  }
}

function chargesElsewhere(operation: KmsOperationName, place: Place, input: UsableCall['input']): readonly Charge[] {
  const charge = elsewhere[operation];
  if (charge === undefined) return [];
  const region = parseRegion(String(input[charge.member]));
  return region === undefined ? [] : [{ ...charge, place: { ...place, region } }];
}

/** What is charged in another Region. Source: AWS KMS Developer Guide, Request quotas, ReplicateKey and UpdatePrimaryRegion. */
const elsewhere: { readonly [name in KmsOperationName]?: Omit<Charge, 'place'> & { readonly member: string } } = {
  ReplicateKey: { member: 'ReplicaRegion', name: operationClass('CreateKey') as QuotaClass, owes: 1 },
  UpdatePrimaryRegion: { member: 'PrimaryRegion', name: operationClass('UpdatePrimaryRegion') as QuotaClass },
};
