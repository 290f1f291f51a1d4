import { pollUntil } from '@ticketing/common/poll-until';
import type { FaultCase } from './fault-case.ts';
import { type FaultShop, holdSeconds } from './fault-shop.ts';
import { holdOne, openSale, seatIds } from './visitors.ts';

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

/** Waits until payment has a row about the reservation. @returns its amount */
async function untilKnown({ books }: FaultShop, table: string, where: string, reservationId: string): Promise<number> {
  const sql = `SELECT amount FROM ${table} WHERE LOWER(HEX(reservation_id)) = '${reservationId.replaceAll('-', '')}' AND ${where}`;
  const row = await pollUntil(async () => (await books.databases.payment.rows(sql))[0], 90_000);
  if (!row) throw new Error(`no ${table} of ${reservationId} with ${where}`);
  return Number(row.amount);
}

/**
 * The driver of a payment whose hold has run out stands still. Another instance gives the points back, and the same person pays again; when the
 * first driver goes on, it must not give back the points of the second payment.
 */
const lateDriver: FaultCase = {
  name: 'the driver of a failed payment wakes up while another payment of the same person is under way',
  kind: 'pause',
  run: async (shop) => {
    const { sale, visitor } = await openSale(shop, 2);
    const person = await visitor();
    const [firstSeat = '', secondSeat = ''] = await seatIds(sale, person);
    await shop.load.pause();
    const first = await holdOne(sale, person, firstSeat);
    await untilPassed(shop, holdSeconds + 1);

    const stopped = shop.atPoint('payment', 'payment.after-refusal', 'SIGSTOP');
    const request = person.pay(first).catch(() => undefined);
    const driver = await stopped;
    await untilKnown(shop, 'payments', "status = 'FAILED'", first);
    const second = await holdOne(sale, person, secondSeat);
    await untilKnown(shop, 'payable_reservations', '1 = 1', second);
    await Promise.all(shop.instancesOf('reservation').map(({ name }) => shop.kill(name)));
    const again = person.pay(second).catch(() => undefined);
    const amount = await untilKnown(shop, 'payments', "status = 'PENDING'", second);

    const died = shop.atPoint('payment', 'payment.after-compensation-commit', 'SIGKILL');
    shop.signal(driver, 'SIGCONT');
    await died;
    await Promise.all(shop.instancesOf('reservation').map(({ name }) => shop.start(name)));
    await Promise.all([request, again]);
    return `${driver} woke up while a payment of ${amount} was under way`;
  },
};

/** Pauses that outlast the lock of a job (4 s), a hold (9 s here) and the lease of a saga (15 s). */
export const pauseCases: FaultCase[] = [
  pause('payment-1', 'longer than the lease of its sagas', 17, true),
  pause('reservation-1', 'longer than a hold', 11),
  pause('queue-1', 'longer than the lock of its job', 6),
  pause('reservation-1-dapr', 'longer than any call', 8),
  pauseAt('payment', 'payment.after-confirm', 'another instance ends its saga', 18, true),
  pauseAt('payment', 'refund.after-release', 'another instance ends its saga', 18),
  pauseAt('payment', 'outbox.after-publish', 'longer than the lock of the relay', 6),
  pauseAt('reservation', 'hold.before-commit', 'with locks in MySQL, longer than a hold', 11),
  pauseAt('reservation', 'confirm.before-commit', 'with locks in MySQL, beyond the expiry', 11),
  lateDriver,
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
