/** Our key derivation against the counter-mode cases of SP 800-108 with HMAC-SHA-256. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HmacKey } from '#base/hmac-key.ts';
import { KeyDerivation } from '#crypto/kdf.ts';
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
  const key = new HmacKey(Buffer.from(Secret, 'hex'));
  const context = Buffer.from(Salt, 'hex');
  const purpose = { label: Buffer.from(Label, 'hex'), contextBytes: context.length, lengthBytes: Output.length / 2 };
  assert.equal(new KeyDerivation(key, purpose).derive(context).toString('hex'), Output.toLowerCase());
}

/** The cases of the sections with a 32-bit counter and a 32-bit length, which are ours, and how many the others have. */
function parse(text: string): { readonly ours: Case[]; readonly ofOtherWidths: number } {
  const ours: Case[] = [];
  let ofOtherWidths = 0;
  let section = '';
  for (const block of text.split(/\n\s*\n/)) {
    section = /^\[(.*)\]$/m.exec(block)?.[1] ?? section;
    const fields = Object.fromEntries([...block.matchAll(/^(\w+) = (\w+)$/gm)].map(([, name, value]) => [name, value]));
    const { Salt, Secret, Label, Output } = fields;
    if (Salt === undefined || Secret === undefined || Label === undefined || Output === undefined) continue;
    if (section === 'SP800-108-Counter(HMAC(SHA-256))') ours.push({ Salt, Secret, Label, Output });
    else ofOtherWidths++;
  }
  return { ours, ofOtherWidths };
}

test('SP 800-108 counter mode derives what the cases say', () => {
  for (const one of facts) judge(one);
  const file = vectorFile('sp800-108/hmac_sha256_ctr.vec');
  if (file === undefined) return;
  const { ours, ofOtherWidths } = parse(file);
  for (const one of ours) judge(one);
  assert.deepEqual({ judged: ours.length, ofOtherWidths }, { judged: 34, ofOtherWidths: 52 });
  assert.equal(ours.length + ofOtherWidths, file.match(/^Output = /gm)?.length);
});
