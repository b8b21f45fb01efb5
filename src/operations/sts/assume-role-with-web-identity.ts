/** AssumeRoleWithWebIdentity. Source: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, OIDC federation. */
import { contextOfUnsigned, valuesIn } from '#call/context.ts';
import { unsignedQueryOperation } from '#call/query/operation.ts';
import { parseRoleArn } from '#identity/sessions/assumable-roles.ts';
import { joinSessionTags } from '#identity/sessions/session-tags.ts';
import { verifyWebIdentity } from '#identity/sessions/web-identity.ts';
import { invalid } from '#model/errors.ts';
import { optional, string, structure } from '#model/schema.ts';
import { notARoleArn, webIdentityDenied } from '#model/sts-errors.ts';
import { newRoleSession } from './role-session.ts';
import * as shapes from './shapes.ts';

export const assumeRoleWithWebIdentity = unsignedQueryOperation({
  name: 'AssumeRoleWithWebIdentity',
  input: structure({
    RoleArn: shapes.arn,
    RoleSessionName: shapes.roleSessionName,
    WebIdentityToken: shapes.webIdentityToken,
    ProviderId: optional(string({ min: 4, max: 2048 })),
    PolicyArns: optional(shapes.policyArns),
    Policy: optional(shapes.policy),
    DurationSeconds: optional(shapes.roleDuration),
  }),
  output: structure({
    Credentials: optional(shapes.credentials),
    SubjectFromWebIdentityToken: optional(shapes.text),
    AssumedRoleUser: optional(shapes.assumedRoleUser),
    PackedPolicySize: optional(shapes.nonNegative),
    Provider: optional(shapes.text),
    Audience: optional(shapes.text),
    SourceIdentity: optional(shapes.sourceIdentity),
  }),
  errors: [
    'ExpiredTokenException',
    'IDPCommunicationError',
    'IDPRejectedClaim',
    'InvalidIdentityToken',
    'MalformedPolicyDocument',
    'PackedPolicyTooLarge',
  ],
  async run({ input, client, partition, findings }, identities) {
    // Diverges: oauth-access-tokens
    if (input.ProviderId !== undefined)
      throw invalid('ProviderId is for OAuth 2.0 access tokens, which are not taken.');
    const roleArn = parseRoleArn(input.RoleArn);
    if (roleArn === undefined) throw notARoleArn();
    if (roleArn.realm.partition !== partition) throw webIdentityDenied('sts:AssumeRoleWithWebIdentity');
    const identity = await verifyWebIdentity(identities, roleArn.realm, input.WebIdentityToken);
    const { providerArn, claims, sourceIdentity, subject, audience, issuer } = identity;
    findings.webIdentity = { providerArn, audience, subject };
    const asking = { client, nowMs: identities.vault.clock.now(), resourceAccount: roleArn.realm.accountId };
    const session = await newRoleSession(identities, {
      input,
      operation: 'AssumeRoleWithWebIdentity',
      caller: { kind: 'web-identity', provider: providerArn },
      roleArn,
      tags: joinSessionTags(identity.passed, []),
      isChained: false,
      findings,
      facts: {
        federatedProvider: providerArn,
        claims: claims.filter(([key]) => !key.endsWith(':azp')), // which other services do not know
        ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      },
      contextFor: (special) => contextOfUnsigned(asking, (key) => special(key) ?? valuesIn(claims, key)),
      refuse: webIdentityDenied,
    });
    return { ...session, SubjectFromWebIdentityToken: subject, Provider: issuer, Audience: audience };
  },
});
