/**
 * Where the trail ends, vouched for by a MAC: without it the newest records could be cut off, or all be written anew. It is noted
 * after every group, in the trail's own folder and, so that a whole data directory cannot be put back from an older copy
 * unnoticed, outside of it (the anchor). A note that is not on the medium yet when the machine stops is only behind, which is no
 * harm: an end that lies before the last note is what gives the alarm.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AuditSeal } from '#crypto/audit-seal.ts';
import { isAbsence } from './segments.ts';

export interface Head {
  readonly trail: string;
  /** How often it has been noted: the larger is the newer. */
  readonly generation: number;
  /** How often a process has opened the trail, which the store counts too. */
  readonly starts: number;
  /** The oldest segment that is kept, and the hash that it begins with. */
  readonly firstSegment: number;
  readonly firstPrevious: string;
  /** The segment that is being written, where it ends in bytes, its last record and the hash after it. */
  readonly segment: number;
  readonly end: number;
  readonly last: number;
  readonly hash: string;
}

const slotBytes = 1024;

export interface Note {
  readonly slot: number;
  readonly text: string;
}

/** Two slots that are written in turns, so that one is whole whatever happens. */
export class HeadFile {
  readonly path: string;
  /** What vouches for notes. */
  readonly seal: AuditSeal;
  #file: number | undefined;

  constructor(path: string, seal: AuditSeal) {
    this.path = path;
    this.seal = seal;
  }

  /** The newest note; undefined where there is none yet; `forged` where none of what is there can be vouched for. */
  read(): Head | 'forged' | undefined {
    const text = readIfThere(this.path);
    if (text === undefined || /^\0*$/.test(text)) return undefined;
    const slots = [text.slice(0, slotBytes), text.slice(slotBytes)];
    const heads = slots.flatMap((slot) => this.#open(slot) ?? []);
    return heads.sort((a, b) => b.generation - a.generation)[0] ?? 'forged';
  }

  /** A note as the file has it, vouched for. */
  note(head: Head): Note {
    const text = JSON.stringify(head);
    return { slot: head.generation % 2, text: `${text} ${this.seal.mac(text)}\n`.padStart(slotBytes) };
  }

  /** It outlives the process when this returns. Throws where it cannot be written. */
  write({ slot, text }: Note): void {
    this.#file ??= this.#openFile();
    writeSync(this.#file, text, slot * slotBytes, 'latin1');
  }

  /** Has it on the medium as well. */
  sync(): void {
    if (this.#file !== undefined) fsyncSync(this.#file);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #openFile(): number {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    try {
      return openSync(this.path, 'r+');
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return openSync(this.path, 'wx+', 0o600);
    }
  }

  #open(slot: string): Head | undefined {
    const [, text, mac] = /^ *(\{.*\}) ([\da-f]{64})\n$/.exec(slot) ?? [];
    if (text === undefined || mac === undefined || !this.seal.isOf(text, mac)) return undefined;
    return JSON.parse(text); // ours, as the MAC says
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The note in the trail's own folder, and the one outside, which the trail can do without for a while. */
export class HeadNotes {
  readonly #own: HeadFile;
  readonly #anchor: HeadFile | undefined;
  readonly #listeners: ((error: unknown) => void)[] = [];
  /** Why the anchor cannot be written, where it cannot. */
  #anchorProblem: unknown;

  constructor(own: HeadFile, anchor: HeadFile | undefined) {
    this.#own = own;
    this.#anchor = anchor;
  }

  /** Throws where the one in the trail's own folder cannot be written. */
  write(head: Head): void {
    const note = this.#own.note(head);
    this.#own.write(note);
    try {
      this.#anchor?.write(note);
      this.#anchorProblem = undefined;
    } catch (error) {
      if (this.#anchorProblem === undefined) for (const listener of this.#listeners) listener(error);
      this.#anchorProblem = error;
    }
  }

  /** `listener` is told once each time that the anchor begins to fail. */
  onAnchorFailure(listener: (error: unknown) => void): void {
    this.#listeners.push(listener);
    if (this.#anchorProblem !== undefined) listener(this.#anchorProblem);
  }

  sync(): void {
    this.#own.sync();
  }

  close(): void {
    this.#own.close();
    this.#anchor?.close();
  }
}
