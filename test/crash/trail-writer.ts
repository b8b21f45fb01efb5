/** The process of trail-kill.test.ts: writes a trail of small segments as fast as it can, and says what has been acknowledged. */

import { openRoot } from '#assemble.ts';
import { inspectTrail, openTrail } from '#audit/open-trail.ts';
import { systemClock } from '#base/clock.ts';
import { makeVault } from '#custody/vault.ts';
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts';

const [directory = '', from = '1'] = process.argv.slice(2);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')); // whoever wanted it is gone

const store = openSqliteStore(directory);
const kept = await store.get('root', ['root']);
const root = await openRoot(kept, { directory, root: {} });
if (kept === undefined) await store.write(async (transaction) => transaction.put('root', ['root'], root.record));
const vault = await makeVault({ store, root, clock: systemClock });
const place = { directory: `${directory}/audit`, anchors: `${directory}/anchors` };
const trail = await openTrail(vault, place, { segmentBytes: 3000 });
const { findings } = (await inspectTrail(vault, place)) ?? { findings: [] };
process.send?.({ findings: findings.map(({ text }) => text) });

for (let n = Number(from); ; n += 3) {
  await Promise.all(
    [n, n + 1, n + 2].map((one) => trail.append(JSON.stringify({ n: one, text: 'x'.repeat(one % 400) }))),
  );
  process.send?.({ acknowledged: n + 2 });
}
