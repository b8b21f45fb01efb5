/** keywright status: is a server running on a data directory, and where? */
import { holderOf } from '#assemble.ts';
import { sendCommand } from '#server/control.ts';
import type { DataOptions } from './settings.ts';

/** Sets exit code 1 where no server runs. */
export async function showStatus({ data }: DataOptions, asJson: boolean): Promise<void> {
  const holder = holderOf(data);
  const answer = holder?.controlSocket === undefined ? {} : await sendCommand(holder.controlSocket, 'status');
  const { controlSocket: _, ...who } = holder ?? {};
  const status = { running: holder?.url !== undefined, data, ...who, ...Object(answer) };
  if (!status.running) process.exitCode = 1;
  if (asJson) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
  } else if (status.running) {
    process.stdout.write(
      `serving on ${status.url} (keywright ${status.version}, process ${status.pid}, since ${status.since})\ndata in ${data} (${status.store}), domain key ${status.domainKey}\n${status.audit.problem ?? `${status.audit.records} records in the audit trail`}\n`,
    );
  } else {
    const busy = holder === undefined ? '' : ` (process ${holder.pid} has it for "${holder.command}")`;
    process.stdout.write(`no server runs on ${data}${busy}\n`);
  }
}
