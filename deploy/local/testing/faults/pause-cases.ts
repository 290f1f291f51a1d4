import { pollUntil } from '@ticketing/common/poll-until';
import type { FaultCase } from './fault-case.ts';
import type { FaultShop } from './fault-shop.ts';

/** Waits until a time of the database has passed, while the load goes on. */
async function untilPassed({ books }: FaultShop, seconds: number): Promise<void> {
  const clock = async (): Promise<number> =>
    Number((await books.databases.payment.rows('SELECT UNIX_TIMESTAMP(UTC_TIMESTAMP(3)) AS now'))[0]?.now);
  const until = (await clock()) + seconds;
  await pollUntil(async () => ((await clock()) >= until ? true : undefined), seconds * 1_000 + 30_000);
}

function pause(name: string, what: string, seconds: number, ci = false): FaultCase {
  return {
    name: `${name} stands still: ${what}`,
    kind: 'pause',
    ci,
    run: async (shop) => {
      shop.signal(name, 'SIGSTOP');
      await untilPassed(shop, seconds);
      shop.signal(name, 'SIGCONT');
      return `for ${seconds} s`;
    },
  };
}

function pauseAt(service: 'payment' | 'reservation', point: string, what: string, seconds: number, ci = false): FaultCase {
  return {
    name: `${service} stands still at ${point}`,
    kind: 'pause',
    ci,
    run: async (shop) => {
      const name = await shop.atPoint(service, point, 'SIGSTOP');
      await untilPassed(shop, seconds);
      shop.signal(name, 'SIGCONT');
      return `${what}: ${name}, for ${seconds} s`;
    },
  };
}

/** Pauses that outlast the lock of a job (4 s), a hold (9 s here) and the lease of a saga (15 s). */
export const pauseCases: FaultCase[] = [
  pause('payment-1', 'longer than the lease of its sagas', 17, true),
  pause('reservation-1', 'longer than a hold', 11),
  pause('queue-1', 'longer than the lock of its job', 6),
  pause('reservation-1-dapr', 'longer than any call', 8),
  pauseAt('payment', 'payment.after-confirm', 'another instance ends its saga', 18, true),
  pauseAt('payment', 'refund.after-release', 'another instance ends its saga', 18),
  pauseAt('payment', 'outbox.after-publish', 'longer than the lock of the relay', 6),
  pauseAt('reservation', 'hold.after-claim', 'longer than the claim and the hold', 11),
  pauseAt('reservation', 'confirm.before-commit', 'with locks in MySQL, beyond the expiry', 11),
];

/** Databases and brokers that hang without being gone. MariaDB's own clock can't tell how long. */
export const hangCases: FaultCase[] = ['mariadb', 'redis', 'kafka'].map((name) => ({
  name: `${name} hangs`,
  kind: 'pause',
  run: async (shop) => {
    shop.signal(name, 'SIGSTOP');
    await shop.load.untilSent(8, 60_000);
    shop.signal(name, 'SIGCONT');
    return 'until 8 more requests were sent';
  },
}));
