/** By what the receiver of a notice knows whom it is from. Source: RFC 2104, HMAC, with SHA-256. */
import { createHmac } from 'node:crypto';
import type { SecretBytes } from '#base/secret-bytes.ts';

/** `t=<seconds since the Unix epoch>,v1=<HMAC-SHA-256 of "<t>.<body>", hexadecimal>`: the time keeps it from being used again. */
export function signNotice(secret: SecretBytes, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret.reveal()).update(`${seconds}.${body}`, 'utf8').digest('hex')}`;
}
