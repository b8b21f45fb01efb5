/** Commands that work on a data directory: by way of the server that has it, or on the directory itself where none runs. */
import { type Data, holderOf, openData } from '#assemble.ts';
import { sendCommand } from '#server/control.ts';
import { OperatorEvents, regionOf } from './operator-events.ts';
import type { DataOptions } from './settings.ts';

export interface Work<T> {
  /** What the server's control socket calls it. */
  readonly command: string;
  readonly input?: unknown;
  /** The same, done here. */
  readonly offline: (data: Data, events: OperatorEvents) => Promise<T>;
}

export async function workOn<T>(options: DataOptions, { command, input, offline }: Work<T>): Promise<T> {
  const holder = holderOf(options.data);
  // The server does the same work and answers with the same record, as JSON.
  if (holder?.controlSocket !== undefined) return (await sendCommand(holder.controlSocket, command, input)) as T;
  const root = { keyFile: options.rootKeyFile, passphraseFile: options.rootPassphraseFile };
  const { data: directory, auditAnchors } = options;
  const data = await openData({ directory, root, auditAnchors, command, mayCreate: false });
  try {
    return await offline(data, new OperatorEvents(data, regionOf(directory)));
  } finally {
    await data.close();
  }
}
