/** Our key derivation against the counter-mode cases of SP 800-108 with HMAC-SHA-256. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { deriveKey } from '#crypto/kdf.ts';
import { vectorFile } from '#test/harness/vectors.ts';

interface Case {
  readonly Salt: string;
  readonly Secret: string;
  readonly Label: string;
  readonly Output: string;
}

/** From Botan's src/tests/data/kdf, the first and a longer case: facts to run where the file is absent. */
const facts: readonly Case[] = [
  {
    Salt: '2D8C9FEA0B61911D5035',
    Secret: 'C3981FD4820F6F6B26D90E4FCA64341446512BE1880D143F9824C4CEFBF14A18',
    Label: 'E950EF415307549F329DBCB1',
    Output: '8640',
  },
  {
    Salt: '73FFE4213A34248DBC9A',
    Secret: 'EF317D97861D570DB3734CC64D19B23F061AF2E5482BD60EED50180B1010C513',
    Label: '1C1295E57D062206D730DE33',
    Output: '921E',
  },
];

/** In this file the salt is the context of SP 800-108. */
function judge({ Salt, Secret, Label, Output }: Case): void {
  const key = createSecretKey(Buffer.from(Secret, 'hex'));
  const fixed = { label: Buffer.from(Label, 'hex'), context: Buffer.from(Salt, 'hex') };
  assert.equal(deriveKey(key, fixed, Output.length / 2).toString('hex'), Output.toLowerCase());
}

function parse(text: string): Case[] {
  return text
    .split(/\n\s*\n/)
    .map((block) =>
      Object.fromEntries([...block.matchAll(/^(\w+) = (\w+)$/gm)].map(([, name, value]) => [name, value])),
    )
    .filter((fields): fields is Record<string, string> & Case => fields['Output'] !== undefined);
}

test('SP 800-108 counter mode derives what the cases say', () => {
  for (const one of facts) judge(one);
  const file = vectorFile('sp800-108/hmac_sha256_ctr.vec');
  if (file === undefined) return;
  const cases = parse(file);
  assert.equal(cases.length, file.match(/^Output = /gm)?.length);
  assert.equal(cases.length, 86);
  for (const one of cases) judge(one);
});
