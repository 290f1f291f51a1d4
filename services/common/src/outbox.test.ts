import { expect, it, jest } from '@jest/globals';
import { newId, type Queryable } from './database.ts';
import { createLogger } from './log.ts';
import { startOutboxRelay } from './outbox.ts';
import { collectMetrics } from './testing/collect-metrics.ts';

const valueOf = collectMetrics();
const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });

/** An outbox in which one event has waited for 42 seconds. */
function outboxWithOneEvent(): Queryable {
  const userId = newId();
  const id = Buffer.from(newId().replaceAll('-', ''), 'hex');
  const row = { seq: 1, id, topic: 'users', type: 'user.registered', aggregate_id: userId, data: { userId }, traceparent: null };
  return {
    query: <T>() => Promise.resolve([{ ...row, age_ms: 42_000 }] as T[]),
    execute: () => Promise.resolve(1),
  };
}

it('tells what waits as long as the relay looks', async () => {
  let reachedBroker = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reachedBroker = resolve;
  });
  const relay = startOutboxRelay({
    db: outboxWithOneEvent(),
    sidecar: {
      tryLock: () => Promise.resolve(true),
      unlock: () => Promise.resolve(),
      publish: () => {
        reachedBroker();
        return Promise.reject(new Error('the broker is out'));
      },
    },
    log,
    service: 'test',
    instance: 'a',
  });
  await reached;
  await relay.stop();
  expect(await valueOf('ticketing_outbox_waiting')).toBe(1);
  expect(await valueOf('ticketing_outbox_lag_seconds')).toBe(42);
  expect(Date.now() / 1_000 - (await valueOf('ticketing_outbox_read_timestamp_seconds'))!).toBeLessThan(30);

  const later = performance.now() + 16_000;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => later);
  // Another instance may be the relay now and have published the event.
  expect(await valueOf('ticketing_outbox_waiting')).toBe(0);
  expect(await valueOf('ticketing_outbox_lag_seconds')).toBe(0);
  clock.mockRestore();
});
