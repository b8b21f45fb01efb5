/** The figures of a trail for commands that report on it: read here, so that a server that runs has nothing to do with it. */
import { trailPlaceOf } from '#assemble.ts';
import type { Head } from '#audit/head.ts';
import { segmentsIn } from '#audit/open-trail.ts';
import type { UsageFigures } from '#audit/usage/figures.ts';
import { readUsage } from '#audit/usage/read-usage.ts';
import { settingsOf } from './audit-commands.ts';
import { workOn } from './offline.ts';
import type { DataOptions } from './settings.ts';

/** All of the trail that is durable now. */
export async function figuresOf(options: DataOptions, isRecount: boolean): Promise<Iterable<UsageFigures>> {
  const head = await workOn<Head>(options, { command: 'audit/head', offline: async ({ trail }) => trail.head });
  const { directory } = trailPlaceOf(settingsOf(options, 'usage'));
  return readUsage(segmentsIn(directory), head, { isRecount });
}
