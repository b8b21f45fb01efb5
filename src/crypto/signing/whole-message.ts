/** Signatures over whole messages: at once where that is fast, on a worker thread otherwise. */
import { inWorker } from '#crypto/heavy.ts';
import { isHeavy } from './costs.ts';
import type { Method } from './method.ts';
import { type Padding, signWhole, verifyWhole } from './openssl.ts';

/** `hash` is Node's name of it, or null where the scheme has its own. */
export function wholeMessage(hash: string | null, padding: Padding = {}): Method {
  return {
    sign(message, key) {
      const input = { key, message, hash, ...padding };
      return isHeavy('sign', key) ? inWorker('signWhole', input) : signWhole(input);
    },
    verify(message, key, signature) {
      const input = { key, message, hash, signature, ...padding };
      return isHeavy('verify', key) ? inWorker('verifyWhole', input) : verifyWhole(input);
    },
  };
}
