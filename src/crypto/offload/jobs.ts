/**
 * The jobs that worker threads can do: synchronous functions from one flat record of keys and bytes to bytes or a
 * verdict. Only worker.ts imports the functions; everybody else names them to `inWorker`.
 */
import { agree, agreeOnSm2, openOaep, openSm2, sealSm2 } from '#crypto/encryption-jobs.ts';
import { readImportedKey } from '#crypto/import-jobs.ts';
import { signEcdsaDigest, verifyEcdsaDigest } from '#crypto/signing/ecdsa-digest.ts';
import { signEd25519ph, verifyEd25519ph } from '#crypto/signing/ed25519ph.ts';
import { signMlDsaMu, verifyMlDsaMu } from '#crypto/signing/ml-dsa-mu.ts';
import { signWhole, verifyWhole } from '#crypto/signing/openssl.ts';
import { rsaPrivateOperation } from '#crypto/signing/rsa-operation.ts';
import { signSm2, verifySm2 } from '#crypto/sm2/signature.ts';

export const jobs = {
  agree,
  agreeOnSm2,
  openOaep,
  openSm2,
  readImportedKey,
  rsaPrivateOperation,
  sealSm2,
  signEcdsaDigest,
  signEd25519ph,
  signMlDsaMu,
  signSm2,
  signWhole,
  verifyEcdsaDigest,
  verifyEd25519ph,
  verifyMlDsaMu,
  verifySm2,
  verifyWhole,
};

export type Jobs = typeof jobs;
