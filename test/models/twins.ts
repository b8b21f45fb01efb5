/** Callers for both evaluators: the same one as each wants it described. */

import { parseAccountId } from '#model/arn.ts';
import type { Caller } from '#model/principal.ts';
import type { NaiveCaller } from './naive-policy.ts';

function account(text: string) {
  const id = parseAccountId(text);
  if (id === undefined) throw new Error(`${text} is no account id`);
  return id;
}

export const home = account('111122223333');
export const abroad = account('444455556666');

/** A caller as each of the two evaluators wants it. */
interface Twin {
  readonly caller: Caller;
  readonly naive: NaiveCaller;
}

export const twins: readonly Twin[] = [home, abroad].flatMap((accountId): readonly Twin[] => {
  const iam = `arn:aws:iam::${accountId}`;
  const sts = `arn:aws:sts::${accountId}`;
  const letter = accountId === home ? 'H' : 'B';
  const alice = { arn: `${iam}:user/team/alice`, uniqueId: `AIDA${letter}LICE0000` };
  const role = { arn: `${iam}:role/team/app`, uniqueId: `AROA${letter}PP000000` };
  return [
    {
      caller: { kind: 'root', accountId, arn: `${iam}:root` },
      naive: { kind: 'root', account: accountId, own: [], behind: [], bounded: false },
    },
    ...[false, true].flatMap((bounded): readonly Twin[] => [
      {
        caller: { kind: 'user', accountId, ...alice, hasBoundary: bounded },
        naive: { kind: 'user', account: accountId, own: [alice.arn, alice.uniqueId], behind: [], bounded },
      },
      {
        caller: { kind: 'role-session', accountId, arn: `${sts}:assumed-role/app/s1`, role, hasBoundary: bounded },
        naive: {
          kind: 'role-session',
          account: accountId,
          own: [`${sts}:assumed-role/app/s1`],
          behind: [role.arn, role.uniqueId],
          bounded,
        },
      },
    ]),
    {
      caller: {
        kind: 'federated-user',
        accountId,
        arn: `${sts}:federated-user/fred`,
        user: alice,
        hasBoundary: false,
      },
      naive: {
        kind: 'federated-user',
        account: accountId,
        own: [`${sts}:federated-user/fred`],
        behind: [alice.arn, alice.uniqueId],
        bounded: false,
      },
    },
  ];
});

export const service: Twin = {
  caller: { kind: 'service', names: ['s3.amazonaws.com', 's3.us-east-1.amazonaws.com'] },
  naive: { kind: 'service', own: ['s3.amazonaws.com', 's3.us-east-1.amazonaws.com'], behind: [], bounded: false },
};
