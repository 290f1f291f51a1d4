import { describe, expect, it } from '@jest/globals';
import { newSecret, shownSecret, signWebhook } from './sign-webhook.ts';

describe('signWebhook', () => {
  it.each([
    [
      'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', seconds: 1_614_265_330, body: '{"test": 2432232314}' },
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
  ])('signs as other libraries of the specification do', (secret, message, signature) => {
    expect(signWebhook(Buffer.from(secret, 'base64'), message)).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': String(message.seconds),
      'webhook-signature': signature,
    });
  });

  it('shows a secret of 32 random bytes with its prefix', () => {
    const [one, other] = [newSecret(), newSecret()];
    expect(one.equals(other)).toBe(false);
    expect(Buffer.from(shownSecret(one).replace(/^whsec_/, ''), 'base64').equals(one)).toBe(true);
    expect(one).toHaveLength(32);
  });
});
