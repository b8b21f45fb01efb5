/**
 * Operations on what IAM has and this service does not: instance profiles, MFA devices, certificates, passwords. Clients ask
 * for them before they delete a user or a role; there are none, and that is the answer. Source: IAM API Reference,
 * ListMFADevices and its kin.
 */
import { type QueryCall, type QueryOperation, queryOperation } from '#call/query/operation.ts';
import { requireEntity } from '#identity/entities/entities.ts';
import type { Identities } from '#identity/identities.ts';
import { noSuchEntity } from '#model/iam-errors.ts';
import { boolean, list, type Members, optional, type Shape, structure } from '#model/schema.ts';
import * as absent from './absent-shapes.ts';
import { asksInGeneral, asksOfRole } from './ask.ts';
import * as shapes from './shapes.ts';
import { askSubject, subjectOf } from './subject.ts';

interface OfSomeone {
  readonly UserName?: string | undefined;
}

/** Of the whole account. */
function emptyList(name: string, input: Members, member: string, element: Shape<unknown>): QueryOperation {
  return queryOperation({
    name,
    input: structure({ ...input, ...shapes.pageWish }),
    output: structure({ [member]: list(element), ...shapes.pageEnd } as Members),
    errors: [],
    asks: asksInGeneral,
    run: () => ({ [member]: [], IsTruncated: false }),
  });
}

/** Of one user, or of the caller. */
function emptyListOfUser(
  name: string,
  userName: Shape<string>,
  member: string,
  element: Shape<unknown>,
): QueryOperation {
  return queryOperation({
    name,
    input: structure({ UserName: optional(userName), ...shapes.pageWish }),
    output: structure({ [member]: list(element), ...shapes.pageEnd } as Members),
    errors: ['NoSuchEntity'],
    asks: (call, identities) => askSubject(call, identities, call.input.UserName),
    async run(call, identities) {
      await subjectOf(call, identities, call.input.UserName);
      return { [member]: [], IsTruncated: false };
    },
  });
}

/** Always throws NoSuchEntity. */
async function refuseLoginProfile(call: QueryCall<OfSomeone>, identities: Identities): Promise<never> {
  const subject = await subjectOf(call, identities, call.input.UserName);
  const name = subject.kind === 'root' ? call.place.accountId : subject.user.name;
  throw noSuchEntity(`Login Profile for User ${name} cannot be found.`);
}

export const emptyOperations = [
  emptyList(
    'ListInstanceProfiles',
    { PathPrefix: optional(shapes.pathPrefix) },
    'InstanceProfiles',
    absent.instanceProfile,
  ),
  emptyList(
    'ListVirtualMFADevices',
    { AssignmentStatus: optional(absent.assignmentStatus) },
    'VirtualMFADevices',
    absent.virtualMfaDevice,
  ),
  emptyList(
    'ListServerCertificates',
    { PathPrefix: optional(shapes.pathPrefix) },
    'ServerCertificateMetadataList',
    absent.serverCertificate,
  ),
  emptyListOfUser('ListMFADevices', shapes.userName, 'MFADevices', absent.mfaDevice),
  emptyListOfUser('ListSSHPublicKeys', shapes.newUserName, 'SSHPublicKeys', absent.sshPublicKey),
  emptyListOfUser('ListSigningCertificates', shapes.userName, 'Certificates', absent.signingCertificate),
  queryOperation({
    name: 'ListInstanceProfilesForRole',
    input: structure({ RoleName: shapes.roleName, ...shapes.pageWish }),
    output: structure({ InstanceProfiles: list(absent.instanceProfile), ...shapes.pageEnd }),
    errors: ['NoSuchEntity'],
    asks: asksOfRole,
    async run({ input, place }, { vault }) {
      await requireEntity(vault.store, 'role', place.accountId, input.RoleName);
      return { InstanceProfiles: [], IsTruncated: false };
    },
  }),
  queryOperation({
    name: 'ListServiceSpecificCredentials',
    input: structure({
      UserName: optional(shapes.newUserName),
      ServiceName: optional(shapes.text),
      AllUsers: optional(boolean),
      ...shapes.pageWish,
    }),
    output: structure({
      ServiceSpecificCredentials: optional(list(absent.serviceSpecificCredential)),
      ...shapes.pageEnd,
    }),
    errors: ['NoSuchEntity'],
    asks(call, identities) {
      const { UserName, AllUsers } = call.input;
      return AllUsers === true ? asksInGeneral() : askSubject(call, identities, UserName);
    },
    async run(call, identities) {
      if (call.input.AllUsers !== true) await subjectOf(call, identities, call.input.UserName);
      return { ServiceSpecificCredentials: [], IsTruncated: false };
    },
  }),
  queryOperation({
    name: 'ListSAMLProviders',
    input: structure({}),
    output: structure({ SAMLProviderList: optional(list(absent.samlProvider)) }),
    errors: [],
    asks: asksInGeneral,
    run: () => ({ SAMLProviderList: [] }),
  }),
  queryOperation({
    name: 'GetLoginProfile',
    input: structure({ UserName: optional(shapes.newUserName) }),
    output: structure({ LoginProfile: absent.loginProfile }),
    errors: ['NoSuchEntity'],
    asks: (call, identities) => askSubject(call, identities, call.input.UserName),
    run: refuseLoginProfile,
  }),
  queryOperation({
    name: 'DeleteLoginProfile',
    input: structure({ UserName: optional(shapes.newUserName) }),
    errors: ['EntityTemporarilyUnmodifiable', 'LimitExceeded', 'NoSuchEntity'],
    asks: (call, identities) => askSubject(call, identities, call.input.UserName),
    run: refuseLoginProfile,
  }),
];
