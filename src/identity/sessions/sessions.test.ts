/** Session tokens: ours are opened, and nobody else's are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Identities } from '#identity/identities.ts';
import { A, stsWorld } from '#test/harness/sts.ts';
import { openSession, type Session, sealSession } from './sessions.ts';

const accessKeyId = 'ASIAAAAAAAAAAAAAAAAA';
const session: Session = {
  accountId: A,
  holder: 'root',
  by: 'GetSessionToken',
  tags: [['Team', 'Blü']],
  transitiveTagKeys: [],
  issuedAtMs: 1000,
  expiresAtMs: 2000,
  secret: 'x'.repeat(40),
};
const sealed = (identities: Identities) => sealSession(identities, accessKeyId, session).token;

test('a token is opened to what was sealed, also after it has expired', async () => {
  const { identities } = await stsWorld();
  const { token, bytes } = sealSession(identities, accessKeyId, session);
  assert.deepEqual(openSession(identities, accessKeyId, token), session);
  assert.equal(bytes, Buffer.from(token, 'base64url').length);
  assert(!Buffer.from(token, 'base64url').includes('Team'));
});

test('a token is of one access key', async () => {
  const { identities } = await stsWorld();
  assert.equal(openSession(identities, 'ASIAAAAAAAAAAAAAAAAB', sealed(identities)), undefined);
});

test('a token of another server is not opened', async () => {
  const [ours, theirs] = [await stsWorld(), await stsWorld()];
  assert.equal(openSession(ours.identities, accessKeyId, sealed(theirs.identities)), undefined);
});

test('no changed bit goes unnoticed', async () => {
  const { identities } = await stsWorld();
  const bytes = Buffer.from(sealed(identities), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(openSession(identities, accessKeyId, changed.toString('base64url')), undefined, `bit ${bit}`);
  }
});

test('what is no token at all is none', async () => {
  const { identities } = await stsWorld();
  const token = sealed(identities);
  for (const text of [
    '',
    'AQ',
    '!',
    ` ${token}`,
    `${token}=`,
    token.slice(0, -8),
    token + token,
    'A'.repeat(100_000),
  ]) {
    assert.equal(openSession(identities, accessKeyId, text), undefined, text.slice(0, 20));
  }
});

test('credentials are found with the token that they were issued with, and with no other', async () => {
  const { call, root, credentials } = await stsWorld();
  const caller = await root();
  const [one, other] = [await call('GetSessionToken', {}, caller), await call('GetSessionToken', {}, caller)];
  const { AccessKeyId, SessionToken, SecretAccessKey } = one.Credentials;
  const found = await credentials.find({ accessKeyId: AccessKeyId, sessionToken: SessionToken });
  assert(found.known);
  assert.deepEqual(found.secret.reveal(), SecretAccessKey.reveal());
  const unrecognized = { name: 'UnrecognizedClientException' };
  for (const sessionToken of [undefined, '', other.Credentials.SessionToken, `${SessionToken}A`]) {
    await assert.rejects(async () => credentials.find({ accessKeyId: AccessKeyId, sessionToken }), unrecognized);
  }
  await assert.rejects(
    async () => credentials.find({ accessKeyId: 'ASIAAAAAAAAAAAAAAAAA', sessionToken: SessionToken }),
    unrecognized,
  );
  assert.equal(await credentials.find({ accessKeyId: AccessKeyId, sessionToken: SessionToken }), found);
});
