/** Signatures over whole messages, as OpenSSL makes them: at once where that is fast, on libuv's threads otherwise. */
import { type SigningOptions, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { heavy } from '#crypto/heavy.ts';
import { isHeavy } from './costs.ts';
import type { Method } from './method.ts';

const signLater = promisify(sign);
const verifyLater = promisify(verify);

/** `hash` is Node's name of it, or null where the scheme has its own. */
export function wholeMessage(hash: string | null, options: SigningOptions = {}): Method {
  return {
    sign(message, privateKey) {
      const key = { key: privateKey, ...options };
      return isHeavy('sign', privateKey) ? heavy(() => signLater(hash, message, key)) : sign(hash, message, key);
    },
    verify(message, publicKey, signature) {
      const key = { key: publicKey, ...options };
      return isHeavy('verify', publicKey)
        ? heavy(() => verifyLater(hash, message, key, signature))
        : verify(hash, message, key, signature);
    },
  };
}
