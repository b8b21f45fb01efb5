/** Where the notices of a server go: into its log, and to a webhook where one is set. */

import type { Log } from '#base/log.ts';
import { readSecretFile } from '#base/secret-file.ts';
import type { Keyring } from '#keys/keyring.ts';
import { Outbox, type Receiver } from '#keys/outbox.ts';
import { webhookAt } from '#server/webhook.ts';
import { type ServeOptions, UsageError } from './settings.ts';

const minSecretBytes = 16;

/** The webhook that the settings name. Throws UsageError. */
export function readWebhook({ noticeWebhook, noticeWebhookSecretFile: file }: ServeOptions): Receiver | undefined {
  if (noticeWebhook === undefined) {
    if (file === undefined) return undefined;
    throw new UsageError('--notice-webhook-secret-file is of no use without --notice-webhook.');
  }
  const post = webhookAt(noticeWebhook);
  if (file === undefined) return { post };
  const secret = readSecretFile(file);
  if (secret.length < minSecretBytes) {
    throw new UsageError(`The secret in ${file} is too short: it must have ${minSecretBytes} bytes at least.`);
  }
  return { post, secret };
}

/** Call it before anything works on keys. */
export function startNotices(keyring: Keyring, webhook: Receiver | undefined, log: Log): Pick<Outbox, 'stop'> {
  keyring.notices.listen(({ event }) => log.info('notice', { notice: event }));
  return webhook === undefined ? { stop: async () => undefined } : new Outbox(keyring, webhook, log);
}
