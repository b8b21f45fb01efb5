/** All servers of a run, started and given keys, until they are taken away again. */
import { type Certificate, makeCertificate } from '#test/harness/certificate.ts';
import type { Pair, Subject } from './intervals.ts';
import type { Operation } from './operation.ts';
import type { BenchOptions } from './options.ts';
import { prepare, type Wanted } from './prepare.ts';
import type { Service } from './requests.ts';
import { labelOf, type Setup } from './setups.ts';
import type { StartedProcess } from './started-process.ts';
import { generateDataKey } from './symmetric-operations.ts';
import {
  type StartedService,
  startEcho,
  startKeywright,
  startMoto,
  startUnaudited,
  temporaryDirectory,
} from './targets.ts';
import { hotOperations } from './workload.ts';

export interface Stand extends AsyncDisposable {
  /** In the order of the setups; the first is the one for all that is measured only once. */
  readonly pairs: readonly [Pair, ...Pair[]];
  readonly peers: readonly Subject[];
  /** Our server on a copy of the data template, run as the first one. */
  readonly withState: Subject | undefined;
  readonly remarks: readonly string[];
  /** Of all of these, as far as they were started here. */
  readonly processes: readonly StartedProcess[];
}

interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
}

export async function setUp(options: BenchOptions, watch: Watch): Promise<Stand> {
  const stack = new AsyncDisposableStack();
  try {
    return await new SettingUp(options, watch, stack).all();
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

class SettingUp {
  readonly #options: BenchOptions;
  readonly #watch: Watch;
  readonly #stack: AsyncDisposableStack;
  readonly #certificate: Certificate | undefined;
  readonly #remarks: string[] = [];

  constructor(options: BenchOptions, watch: Watch, stack: AsyncDisposableStack) {
    this.#options = options;
    this.#watch = watch;
    this.#stack = stack;
    this.#certificate = options.setups.some(({ isTls }) => isTls) ? stack.use(makeCertificate()) : undefined;
  }

  async all(): Promise<Stand> {
    const pairs: Pair[] = [];
    for (const [index, setup] of this.#options.setups.entries()) pairs.push(await this.#pair(setup, index === 0));
    const [first, ...others] = pairs;
    if (first === undefined) throw new Error('There is at least one setup.');
    const withState = await this.#withState(first.setup);
    const peers = await this.#peers();
    const stack = this.#stack;
    const all = [
      ...pairs.flatMap(({ keywright, echo }) => [keywright, echo]),
      ...peers,
      ...(withState ? [withState] : []),
    ];
    return {
      pairs: [first, ...others],
      peers,
      withState,
      remarks: this.#remarks,
      processes: all.flatMap(({ process }) => process ?? []),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  }

  async #pair(setup: Setup, isFirst: boolean): Promise<Pair> {
    const { signal, onProgress } = this.#watch;
    onProgress(`making keys and requests: ${labelOf(setup)}`);
    const data = this.#stack.use(temporaryDirectory());
    const certificate = this.#certificate;
    const profileDirectory = isFirst ? this.#options.profileDirectory : undefined;
    const ours = await startKeywright({ dataDirectory: data.path, setup, certificate, profileDirectory, signal });
    this.#stack.use(ours.process);
    const startedBytes = ours.process.residentBytes();
    const echo = await startEcho({ setup, certificate, signal });
    this.#stack.use(echo.process);
    const { operations, sweep, latency, scaling, interference } = this.#options;
    const once = isFirst ? [...operations, ...this.#contestants(interference), ...this.#ofState()] : [];
    const keywright = await this.#ready(ours, [...once, ...sweep, ...latency, ...scaling]);
    return { setup, keywright, startedBytes, echo };
  }

  async #withState(setup: Setup): Promise<Subject | undefined> {
    const { dataTemplate } = this.#options;
    if (dataTemplate === undefined) return undefined;
    this.#watch.onProgress('copying the data template');
    const data = this.#stack.use(temporaryDirectory(dataTemplate));
    const certificate = this.#certificate;
    const ours = await startKeywright({ dataDirectory: data.path, setup, certificate, signal: this.#watch.signal });
    this.#stack.use(ours.process);
    return this.#ready({ ...ours, name: 'keywright on the data template' }, this.#ofState());
  }

  async #peers(): Promise<Subject[]> {
    const { hasUnaudited, hasMoto, operations, sweep, peers } = this.#options;
    const { signal, onProgress } = this.#watch;
    const all = [...operations, ...sweep];
    const subjects: Subject[] = [];
    if (hasUnaudited) {
      const dataDirectory = this.#stack.use(temporaryDirectory()).path;
      const unaudited = await startUnaudited({ dataDirectory, signal });
      this.#stack.use(unaudited.process);
      subjects.push(await this.#ready(unaudited, all));
    }
    const services: (Service | StartedService)[] = [...peers];
    const moto = hasMoto ? await startMoto(signal) : undefined;
    if (moto !== undefined) {
      this.#stack.use(moto.process);
      services.push(moto);
    } else if (hasMoto) {
      this.#remarks.push('moto_server is not installed here (pip install "moto[server]"), so it was not measured.');
    }
    for (const service of services) {
      onProgress(`making keys and requests at ${service.name}`);
      const itemCount = this.#options.requests.peer;
      const material = await prepare(service, { ...wanted(all), itemCount, mayRefuse: true, signal });
      subjects.push({ ...service, material });
    }
    return subjects;
  }

  async #ready(service: StartedService, operations: readonly Operation[]): Promise<Subject> {
    const itemCount = this.#options.requests.keywright;
    const { signal } = this.#watch;
    const material = await prepare(service, { ...wanted(operations), itemCount, mayRefuse: false, signal });
    return { ...service, material };
  }

  #contestants(slow: readonly Operation[]): readonly Operation[] {
    return slow.length === 0 ? [] : [generateDataKey, ...slow];
  }

  #ofState(): readonly Operation[] {
    return this.#options.dataTemplate === undefined ? [] : stateOperations;
  }
}

/** What is measured on a copy of the data template. */
export const stateOperations: readonly Operation[] = hotOperations;

function wanted(operations: readonly Operation[]): Pick<Wanted, 'operations'> {
  return { operations: [...new Set(operations)] };
}
