/** RSA signatures over a digest that was computed elsewhere (RFC 8017 section 8, with the digest in place of Hash(M)). */
import { inWorker } from '#crypto/heavy.ts';
import { randomBytes } from '#crypto/random.ts';
import { encodePkcs1, encodePss, type Hash, isPss } from './emsa.ts';
import type { Method } from './method.ts';
import { modulusBytes, rsaPublicOperation } from './rsa-operation.ts';

/** RSASSA-PSS with a salt as long as the hash: what OpenSSL does with the whole message cannot be told from it. */
export function pssDigest(hash: Hash): Method {
  return {
    bytes: hash.bytes,
    sign(digest, key) {
      const encoded = encodePss(hash, digest, randomBytes(hash.bytes), modulusBytes(key));
      return inWorker('rsaPrivateOperation', { key, encoded });
    },
    verify(digest, key, signature) {
      const encoded = rsaPublicOperation(key, signature);
      return encoded !== undefined && isPss(hash, digest, encoded);
    },
  };
}

/** RSASSA-PKCS1-v1_5. Verification compares whole encodings, and parses nothing (RFC 8017 section 8.2.2). */
export function pkcs1Digest(hash: Hash): Method {
  return {
    bytes: hash.bytes,
    sign(digest, key) {
      return inWorker('rsaPrivateOperation', { key, encoded: encodePkcs1(hash, digest, modulusBytes(key)) });
    },
    verify(digest, key, signature) {
      const encoded = rsaPublicOperation(key, signature);
      return encoded?.equals(encodePkcs1(hash, digest, modulusBytes(key))) ?? false;
    },
  };
}
