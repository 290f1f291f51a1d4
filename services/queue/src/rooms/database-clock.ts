import type { Logger } from '@ticketing/common/log';

/** The clock that all instances open rooms, draw and give passes by: that of the concert service's database. */
export interface DatabaseClock {
  /** Milliseconds since 1970. Before the first answer it is the machine's own clock. */
  now: () => number;
  /** Measures how far the machine's clock is off. Without an answer the last measurement counts. */
  follow: () => Promise<void>;
}

// A slower answer is less exact than the last measurement.
const slowMs = 1_000;
const saidAboveMs = 1_000;

/** @param ask gives the database's time; @param own the machine's clock, both in milliseconds since 1970 */
export function createDatabaseClock({
  ask,
  log,
  own = Date.now,
}: {
  ask: () => Promise<number>;
  log: Logger;
  own?: () => number;
}): DatabaseClock {
  let offset = 0;
  return {
    now: () => own() + offset,
    follow: async () => {
      const asked = own();
      const time = await ask();
      const answered = own();
      if (Math.abs(answered - asked) > slowMs) return;
      const measured = Math.round(time - (asked + answered) / 2);
      if (Math.abs(measured - offset) > saidAboveMs)
        log.warn({ offsetMs: measured }, 'the clock of this machine differs from the database’s');
      offset = measured;
    },
  };
}
