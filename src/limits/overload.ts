/**
 * What a process takes on at once. More than it can do would wait, and what waits longer than its client does is done for nobody: so
 * requests are refused when they come, before anything is worked out for them, and those that are taken on are answered in time.
 */
import type { Now } from './admission.ts';

/** How long one turn of the event loop may be at work on requests before those that begin in it are refused, in milliseconds. */
const turnMs = 50;
/** As many may begin in a turn however long it takes: clients that wait for their answers are no overload, on no machine. */
const alwaysInTurn = 320;
/** Requests that have begun and have not been answered: more than the slow work of one account (crypto/heavy.ts) can be. */
const mostUnderWay = 4000;

export interface OverloadSettings {
  readonly now: Now;
  /** Calls back when this turn of the event loop is over. */
  readonly atEndOfTurn: (callback: () => void) => unknown;
}

// Diverges: load-shedding
export class Overload {
  readonly #now: Now;
  readonly #atEndOfTurn: OverloadSettings['atEndOfTurn'];
  #begunInTurn = 0;
  #turnBeganAtMs = 0;
  #underWay = 0;
  #refused = 0;

  constructor({ now, atEndOfTurn }: OverloadSettings) {
    this.#now = now;
    this.#atEndOfTurn = atEndOfTurn;
  }

  /** Requests that have begun and have not been answered. */
  get underWay(): number {
    return this.#underWay;
  }

  /** How many have been refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether one more request may begin; where it may, `end` is to be called when it has been answered. */
  begin(): boolean {
    if (this.#underWay >= mostUnderWay || !this.#isInTime()) {
      this.#refused++;
      return false;
    }
    this.#underWay++;
    return true;
  }

  readonly end = (): void => {
    this.#underWay--;
  };

  #isInTime(): boolean {
    if (this.#begunInTurn === 0) {
      this.#turnBeganAtMs = this.#now();
      this.#atEndOfTurn(() => {
        this.#begunInTurn = 0;
      });
    } else if (this.#begunInTurn >= alwaysInTurn && this.#now() - this.#turnBeganAtMs > turnMs) return false;
    this.#begunInTurn++;
    return true;
  }
}
