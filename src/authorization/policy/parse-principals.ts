/**
 * The Principal and NotPrincipal elements: whether a name can be that of a principal. Whether there is such a principal
 * is for the caller to find out. Source: IAM User Guide, IAM JSON policy elements: Principal.
 */
import { parseAccountId } from '#model/arn.ts';
import { malformedPolicy } from '#model/errors.ts';
import type { Principals } from './document.ts';
import { asObject, asTexts, requireMembers } from './shape.ts';

/** AWS's text whatever is wrong with a principal; Terraform knows it. Also for one that does not exist. */
export const invalidPrincipals = () =>
  malformedPolicy('Policy contains a statement with one or more invalid principals.');

/** The value of Principal, or of NotPrincipal if `isExcept`. */
export function parsePrincipals(
  value: unknown,
  { isExcept, mayBeFederated }: { readonly isExcept: boolean; readonly mayBeFederated: boolean },
): Principals {
  if (value === '*') return { isExcept, isEveryone: true, names: [] };
  const kinds = asObject(value, 'A Principal other than "*"');
  requireMembers(kinds, ['AWS', 'Service', 'Federated', 'CanonicalUser'], 'A Principal');
  // Federated users reach roles, and canonical users S3; neither can be who calls KMS.
  const isMisplaced = kinds['Federated'] !== undefined && !mayBeFederated;
  if (isMisplaced || kinds['CanonicalUser'] !== undefined) throw invalidPrincipals();
  const federated = asTexts(kinds['Federated'], 'Federated');
  if (!federated.every(isIdentityProvider)) throw invalidPrincipals();
  const aws = asTexts(kinds['AWS'], 'AWS');
  const services = asTexts(kinds['Service'], 'Service');
  if (aws.length + services.length + federated.length === 0) throw malformedPolicy('A statement names no principal.');
  if (!services.every((name) => /^[a-z\d](?:[a-z\d.-]*[a-z\d])?\.amazonaws\.com(?:\.cn)?$/.test(name))) {
    throw invalidPrincipals();
  }
  const names = aws.filter((name) => name !== '*').map(parseAwsPrincipal);
  const isEveryone = names.length < aws.length;
  return { isExcept, isEveryone, names: [...names, ...services], ...(federated.length === 0 ? {} : { federated }) };
}

/** A user or role by its unique id. */
const uniqueId = /^(?:AIDA|AROA)[A-Z\d]{8,124}$/;
const iamArn = /^arn:aws[a-z-]*:iam::(\d{12}):(root|(?:user|role)\/[!-)+->@-~]+)$/;
const sessionArn =
  /^arn:aws[a-z-]*:sts::\d{12}:(?:assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+|federated-user\/[\w+=,.@-]+)$/;

/** IAM User Guide, Principal element, OIDC and SAML federated principals. */
function isIdentityProvider(name: string): boolean {
  return (
    /^arn:aws[a-z-]*:iam::\d{12}:(?:oidc-provider\/[!-)+->@-~]+|saml-provider\/[\w.-]+)$/.test(name) ||
    /^(?:accounts\.google\.com|cognito-identity\.amazonaws\.com|graph\.facebook\.com|www\.amazon\.com)$/.test(name)
  );
}

function parseAwsPrincipal(name: string): string {
  if (parseAccountId(name) !== undefined || uniqueId.test(name) || sessionArn.test(name)) return name;
  const [, accountId, entity] = iamArn.exec(name) ?? [];
  if (accountId === undefined || entity === undefined || entity.split('/').includes('')) throw invalidPrincipals();
  return entity === 'root' ? accountId : name;
}
