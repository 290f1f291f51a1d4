import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const secretBytes = 32;

export function newSecret(): Buffer {
  return randomBytes(secretBytes);
}

/** A secret as its receiver is shown it. */
export function shownSecret(secret: Buffer): string {
  return `${prefix}${secret.toString('base64')}`;
}

/**
 * The headers by which a receiver knows a message as ours, after the Standard Webhooks specification 1.0.
 * @param id the same for all attempts
 * @param seconds the time of this attempt
 */
export function signWebhook(secret: Buffer, { id, seconds, body }: { id: string; seconds: number; body: string }): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
}
