/**
 * An attestation document of a real enclave, as the Nitro hypervisor signed it in September 2024: from the tests of
 * github.com/EternisAI/remote-attestation-verifier. The enclave was in debug mode, so PCR0 is zero, and it passed the
 * text "dummy" as its public key, so what we say of it last is that it has none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManualClock } from '#base/clock.ts';
import { readSignedMessage } from '#crypto/attestation/cose-sign1.ts';
import { readDocument } from '#crypto/attestation/document.ts';
import { nitroRoots } from '#crypto/attestation/roots.ts';
import { AttestationVerifier } from '#crypto/attestation/verify.ts';
import { attestationIssuer } from '#test/harness/attestation.ts';

const text = readFileSync(join(import.meta.dirname, 'nitro-enclave-document.b64'), 'utf8');
const bytes = Buffer.from(text.replaceAll('\n', ''), 'base64');
const madeAtMs = Date.UTC(2024, 8, 17, 0, 47, 59, 695);

const at = (nowMs: number, roots = nitroRoots()) =>
  new AttestationVerifier(roots, new ManualClock(nowMs)).verify(bytes);

test('a document of AWS is read', () => {
  const document = readDocument(readSignedMessage(bytes).payload);
  assert.equal(document.platform, 'nitro-enclave');
  assert.equal(document.moduleId, 'i-0bbf1bfe232b8c2ce-enc0191fc27458c1d41');
  assert.equal(document.timestampMs, madeAtMs);
  assert.equal(document.pcrs.size, 16);
  assert.equal(document.pcrs.get(0), '00'.repeat(48));
  assert.equal(document.cabundle.length, 4);
  assert.equal(Buffer.from(document.publicKey ?? []).toString(), 'dummy');
});

test('its certificates and signatures are good at its time, and only then', async () => {
  await assert.rejects(at(madeAtMs), /its public key is not an RSA key/);
  await assert.rejects(at(madeAtMs + 300_001), /more than 5 minutes old/);
  await assert.rejects(at(madeAtMs, attestationIssuer(madeAtMs).roots), /does not begin with the root/);
});

test('with a single byte changed its signature is wrong', async () => {
  const changed = Buffer.from(bytes);
  const role = changed.indexOf(Buffer.from(readDocument(readSignedMessage(bytes).payload).pcrs.get(3) ?? '', 'hex'));
  assert(role > 0);
  changed[role] = (changed[role] ?? 0) ^ 1;
  const verifier = new AttestationVerifier(nitroRoots(), new ManualClock(madeAtMs));
  await assert.rejects(verifier.verify(changed), /its signature is wrong/);
});
