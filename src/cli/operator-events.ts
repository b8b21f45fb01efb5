/** What operators do and servers go through, as events of the audit trail: each is in there before its success is reported. */
import type { Data } from '#assemble.ts';
import type { JsonObject, ServiceEvent } from '#audit/event.ts';
import type { ServiceEvents } from '#audit/service-events.ts';
import type { Vault } from '#custody/vault.ts';
import { firstAccount } from '#identity/accounts.ts';
import { readEndpoint } from '#identity/client-files.ts';
import { type AccountId, parseRegion, type Region } from '#model/arn.ts';
import type { Store } from '#storage/store.ts';
import type { ServeOptions } from './settings.ts';
import { version } from './version.ts';

type EventName =
  | 'Backup'
  | 'ConfigurationChange'
  | 'CreateAccount'
  | 'MarkAccessKey'
  | 'RemoveGuardrail'
  | 'ResetQuotas'
  | 'RotateDomainKey'
  | 'SetGuardrail'
  | 'SetQuota'
  | 'SetQuotaProfile'
  | 'StartServer'
  | 'StopServer';

interface Happening {
  readonly eventName: EventName;
  /** Whose it is; what is nobody's in particular goes to the first account. */
  readonly accountId?: AccountId;
  readonly details: JsonObject;
}

export class OperatorEvents {
  readonly #vault: Vault;
  readonly #events: ServiceEvents;
  readonly #region: Region;

  /** From now on rotations of the domain key are told of as well. */
  constructor({ vault, serviceEvents }: Pick<Data, 'vault' | 'serviceEvents'>, region: Region) {
    this.#vault = vault;
    this.#events = serviceEvents;
    this.#region = region;
    vault.domainKeys.watch(async (transaction, domainKeyId) => {
      const event = await this.#eventOf({ eventName: 'RotateDomainKey', details: { domainKeyId } });
      serviceEvents.put(transaction, event);
      return () => serviceEvents.tell(event);
    });
  }

  /** Makes a change in one transaction, which the event goes along with, unless the transaction results in false. */
  async along<T>(happening: Happening, change: (store: Store) => Promise<T>): Promise<T> {
    const event = await this.#eventOf(happening);
    return this.#events.along((result) => (result === false ? [] : [event]), change);
  }

  /** Of what changes nothing in the store. */
  async record(happening: Happening): Promise<void> {
    await this.#events.record(await this.#eventOf(happening));
  }

  /** A server is about to serve; what is set otherwise than for the one before is an event of its own. */
  async started(options: ServeOptions): Promise<void> {
    const settings = shownSettings(options);
    const { store } = this.#vault;
    const kept = await store.get('trail', ['trail']);
    if (kept === undefined) throw new Error('The store does not know of its audit trail.');
    const { server } = kept;
    const previousStop = server === undefined ? 'none' : server.hasStopped ? 'in order' : 'not in order';
    const details = { version, settings, starts: kept.starts, previousStop };
    const start = await this.#eventOf({ eventName: 'StartServer', details });
    const changed = server === undefined ? {} : changesOf(server.settings, settings);
    const hasChanged = Object.keys(changed).length > 0;
    const change = await this.#eventOf({ eventName: 'ConfigurationChange', details: { changed } });
    const events = hasChanged ? [start, change] : [start];
    await this.#note({ settings, hasStopped: false }, events);
  }

  /** Nothing is served any more. */
  async stopped(signal: string): Promise<void> {
    const kept = await this.#vault.store.get('trail', ['trail']);
    const event = await this.#eventOf({ eventName: 'StopServer', details: { signal } });
    await this.#note({ settings: kept?.server?.settings ?? {}, hasStopped: true }, [event]);
  }

  #note(server: { settings: Readonly<Record<string, string>>; hasStopped: boolean }, events: readonly ServiceEvent[]) {
    return this.#events.along(
      () => events,
      (store) =>
        store.write(async (transaction) => {
          const kept = await transaction.get('trail', ['trail']);
          if (kept !== undefined) transaction.put('trail', ['trail'], { ...kept, server });
        }),
    );
  }

  async #eventOf({ eventName, accountId, details }: Happening): Promise<ServiceEvent> {
    const owner = accountId ?? (await firstAccount(this.#vault));
    return { eventName, accountId: owner, region: this.#region, atMs: this.#vault.clock.now(), details };
  }
}

/** The Region that clients of a data directory are pointed to. */
export function regionOf(dataDirectory: string): Region {
  return parseRegion(readEndpoint(dataDirectory)?.region ?? '') ?? ('us-east-1' as Region);
}

/** All that a server is set to. Secrets are in files, whose names are none; of a URL, what may be one is left out. */
function shownSettings(options: ServeOptions): Readonly<Record<string, string>> {
  const shown = Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || (/secret|password|token/i.test(name) && !name.endsWith('File'))) return [];
    return [[name, value instanceof URL ? value.origin : String(value)] as const];
  });
  return Object.fromEntries(shown);
}

function changesOf(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): JsonObject {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  const changed = [...names].filter((name) => before[name] !== now[name]);
  return Object.fromEntries(changed.map((name) => [name, { before: before[name] ?? null, now: now[name] ?? null }]));
}
