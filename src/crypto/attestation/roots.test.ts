import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attestationIssuer } from '#test/harness/attestation.ts';
import { nitroRoots, readRoots } from './roots.ts';

test("the root that is trusted by default is AWS's, by the fingerprint that AWS documents", () => {
  const documented = '64:1A:03:21:A3:E2:44:EF:E4:56:46:31:95:D6:06:31:7E:D7:CD:CC:3C:17:56:E0:98:93:F3:C6:8F:79:BB:5B';
  const [root, ...others] = nitroRoots();
  assert.equal(root?.fingerprint256, documented);
  assert.deepEqual(root?.subject.split('\n').sort(), ['C=US', 'CN=aws.nitro-enclaves', 'O=Amazon', 'OU=AWS']);
  assert.equal(root?.validTo, 'Oct 28 14:28:05 2049 GMT');
  assert.deepEqual(others, []);
});

test('a PEM file may have several roots, each a certificate authority', () => {
  const [one, two] = [attestationIssuer(Date.UTC(2026, 0, 1)), attestationIssuer(Date.UTC(2026, 0, 1))];
  assert.deepEqual(
    readRoots(`# of two regions\n${one.rootPem}${two.rootPem}`).map(({ raw }) => raw),
    [one.root.der, two.root.der],
  );
  assert.throws(() => readRoots('nothing'), /no PEM certificate/);
  const leafPem = one.rootPem.replace(/(?<=-----\n)[^-]+(?=\n-----END)/, leafOf(one).toString('base64'));
  assert.throws(() => readRoots(one.rootPem + leafPem), /not of a certificate authority/);
});

function leafOf(issuer: ReturnType<typeof attestationIssuer>): Buffer {
  const leaves: unknown[] = [];
  issuer.document({ fields: (fields) => void leaves.push(fields.get('certificate')) });
  const [leaf] = leaves;
  assert(leaf instanceof Buffer);
  return leaf;
}
