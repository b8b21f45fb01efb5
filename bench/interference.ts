/**
 * How a quick operation does beside slow ones: its latency alone, and then while so many requests of a slow operation are
 * always waiting for their answers. Each has a load generator of its own, so that neither client waits for the other;
 * that all of them share the machine's cores with the server is part of the figures.
 */
import { type InterferenceFigures, type InterferenceRound, type Interval, interferenceOf } from './figures.ts';
import { measureSubject, type Subject, type Tools } from './intervals.ts';
import { LoadGenerator } from './load.ts';
import type { Operation } from './operation.ts';

export interface InterferenceField extends Tools {
  /** One worker. */
  readonly keywright: Subject;
  readonly settings: InterferenceSettings;
  /** Told before each interval. */
  readonly onProgress: (what: string) => void;
}

export interface InterferenceSettings {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** One request in flight: with more, they wait for each other, and the latency is that of a full server. */
export const quickConnections = 1;
export const slowConnections = 200;

/** How long the slow requests are there before their effect is measured, and for how long at most they outlast that. */
const leadSeconds = 0.5;
const tailSeconds = 1;

export interface Contest {
  readonly quick: Operation;
  readonly slow: Operation;
}

/** Rejects as soon as there is a wrong answer. */
export async function measureInterference(field: InterferenceField, contest: Contest): Promise<InterferenceFigures> {
  const { settings, onProgress } = field;
  const label = `${contest.quick.label} beside ${contest.slow.label}`;
  await using slowGenerator = new LoadGenerator(field.signal);
  onProgress(`${label}: warming up`);
  await runRound(field, { ...contest, slowGenerator, seconds: settings.warmUpSeconds });
  const rounds: InterferenceRound[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    onProgress(`${label}: round ${round} of ${settings.rounds}`);
    rounds.push(await runRound(field, { ...contest, slowGenerator, seconds: settings.seconds }));
  }
  const { quick, slow } = contest;
  return interferenceOf(rounds, {
    operation: quick.name,
    label: quick.label,
    connections: quickConnections,
    slowOperation: slow.name,
    slowLabel: slow.label,
    slowConnections,
  });
}

interface RoundSettings extends Contest {
  readonly slowGenerator: LoadGenerator;
  readonly seconds: number;
}

async function runRound(
  field: InterferenceField,
  { quick, slow, slowGenerator, seconds }: RoundSettings,
): Promise<InterferenceRound> {
  // Without its process: whose processor time was spent cannot be told here.
  const { process: _, ...subject } = field.keywright;
  const quickLoad = { operation: quick, connections: quickConnections, workers: 1 };
  await field.rest?.wait();
  // Beside slow requests a server is never at rest.
  const tools = { ...field, rest: undefined };
  const measureQuick = (seconds: number): Promise<Interval> =>
    measureSubject(tools, subject, { ...quickLoad, seconds });
  await measureQuick(leadSeconds);
  const alone = await measureQuick(seconds);

  const slowSeconds = leadSeconds + seconds + tailSeconds;
  const slowLoad = { operation: slow, connections: slowConnections, workers: 1, seconds: slowSeconds };
  const slowEndsAt = performance.now() + slowSeconds * 1000;
  const measureBeside = async (): Promise<Interval> => {
    await measureQuick(leadSeconds);
    const beside = await measureQuick(seconds);
    if (performance.now() > slowEndsAt) throw new Error(`${slow.name} ended before its effect was measured.`);
    return beside;
  };
  const slowTools = { generator: slowGenerator, signal: field.signal };
  const [slowly, beside] = await Promise.all([measureSubject(slowTools, subject, slowLoad), measureBeside()]);
  return { alone, beside, slow: slowly };
}
