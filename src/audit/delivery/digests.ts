/**
 * Digest files: for every account and Region that has ever had records, and every hour, the log files that were delivered in it,
 * with their hashes, and the digest file before; signed. After a time in which nothing ran, those of the hours missed are made up.
 * Source: AWS CloudTrail User Guide, CloudTrail digest file structure; Custom implementations of CloudTrail log file integrity
 * validation.
 */
import { gzipSync } from 'node:zlib';
import { eventTimeOf } from '#audit/event.ts';
import { type DigestSigningKey, digestPublicKey, signDigest } from '#crypto/audit-digest.ts';
import { sha256Hex } from '#crypto/digest.ts';
import { bucketOf } from './delivered-files.ts';
import { digestFileKey, hourMs } from './names.ts';
import { commit, type Delivered, type DigestChain, type DigestPlan, type LogFile, type State } from './state.ts';
import type { Workplace } from './workplace.ts';

/** As many digest files are made up, and the first of them has all of the time before. */
const mostHours = 168;
/** About as many are made in one step. */
const digestsInStep = 500;
const signatureAlgorithm = 'SHA256withRSA';
const hashAlgorithm = 'SHA-256';

/** Does what the state has planned, or a part of it: until then the plan stays. */
export function deliverDigests(
  workplace: Workplace,
  { state, plan, key }: { readonly state: State; readonly plan: DigestPlan; readonly key: DigestSigningKey },
): State {
  workplace.clearDrafts();
  const signer = { key, fingerprint: digestPublicKey(key).fingerprint };
  const chains: Record<string, DigestChain> = { ...state.chains };
  const delivered: Delivered[] = [];
  let isDone = true;
  for (const [name, chain] of Object.entries(chains)) {
    const ends = endsOf(chain, plan);
    if (ends.length > 0 && delivered.length >= digestsInStep) {
      isDone = false;
      break;
    }
    chains[name] = ends.reduce((before, endMs) => {
      const { digestKey, after } = makeDigest(workplace, before, {
        endMs,
        isLast: endMs === ends.at(-1),
        plan,
        signer,
      });
      delivered.push({ accountId: chain.accountId, key: digestKey });
      return after;
    }, chain);
  }
  return commit(workplace, { ...state, chains, plan: isDone ? null : plan }, delivered, plan);
}

/** When the next digest file of any chain is due; undefined where there is no chain. */
export function nextDigestMs(chains: State['chains']): number | undefined {
  const starts = Object.values(chains).map(({ startMs }) => startMs);
  return starts.length === 0 ? undefined : nextHour(Math.min(...starts));
}

/** When the digest files end that are to be made. */
// Diverges: digest-hours
function endsOf({ startMs, pending }: DigestChain, { untilMs, isFlush }: DigestPlan): readonly number[] {
  const ends: number[] = [];
  for (let endMs = Math.max(nextHour(startMs), hourBefore(untilMs)); endMs <= untilMs; endMs += hourMs)
    ends.push(endMs);
  if (!isFlush) return ends;
  if (untilMs > (ends.at(-1) ?? startMs)) return [...ends, untilMs];
  // Two within a second: each must have an end, and a name, of its own.
  return ends.length === 0 && pending.length > 0 ? [startMs + 1000] : ends;
}

function nextHour(milliseconds: number): number {
  return milliseconds - (milliseconds % hourMs) + hourMs;
}

function hourBefore(untilMs: number): number {
  return untilMs - (untilMs % hourMs) - (mostHours - 1) * hourMs;
}

interface Digesting {
  readonly endMs: number;
  readonly isLast: boolean;
  readonly plan: DigestPlan;
  readonly signer: { readonly key: DigestSigningKey; readonly fingerprint: string };
}

function makeDigest(workplace: Workplace, chain: DigestChain, { endMs, isLast, plan, signer }: Digesting) {
  const { accountId, previous, pending } = chain;
  const { destination, isFlush, atMs } = plan;
  const isTaken = (file: LogFile) => (isLast && isFlush) || file.atMs < endMs;
  const bucket = bucketOf(accountId, destination.bucket);
  const digestKey = digestFileKey(destination, chain, endMs);
  const files = pending.filter(isTaken);
  const text = JSON.stringify(contentOf(chain, files, { endMs, bucket, digestKey, fingerprint: signer.fingerprint }));
  const hash = sha256Hex(text);
  const toSign = `${eventTimeOf(endMs)}\n${bucket}/${digestKey}\n${hash}\n${previous?.signature ?? 'null'}`;
  const signature = signDigest(signer.key, toSign);
  const metadata = { signature, 'signature-algorithm': signatureAlgorithm };
  workplace.place(accountId, digestKey, gzipSync(text), metadata);
  const after: DigestChain = {
    ...chain,
    startMs: endMs,
    previous: { bucket, key: digestKey, hash, signature },
    pending: pending.filter((file) => !isTaken(file)),
    latestDigestMs: atMs,
  };
  return { digestKey, after };
}

interface Naming {
  readonly endMs: number;
  readonly bucket: string;
  readonly digestKey: string;
  readonly fingerprint: string;
}

/** Members in AWS's order. */
function contentOf(
  { accountId, startMs, previous }: DigestChain,
  files: readonly LogFile[],
  { endMs, bucket, digestKey, fingerprint }: Naming,
) {
  return {
    awsAccountId: accountId,
    digestStartTime: eventTimeOf(startMs),
    digestEndTime: eventTimeOf(endMs),
    digestS3Bucket: bucket,
    digestS3Object: digestKey,
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: signatureAlgorithm,
    newestEventTime:
      files
        .map(({ newest }) => newest)
        .sort()
        .at(-1) ?? null,
    oldestEventTime: files.map(({ oldest }) => oldest).sort()[0] ?? null,
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous === null ? null : hashAlgorithm,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map((file) => ({
      s3Bucket: file.bucket,
      s3Object: file.key,
      hashValue: file.hash,
      hashAlgorithm,
      newestEventTime: file.newest,
      oldestEventTime: file.oldest,
    })),
  };
}
