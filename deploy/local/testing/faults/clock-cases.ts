import type { FaultCase } from './fault-case.ts';

const skewClock = new URL('./skew-clock.mjs', import.meta.url).href;

function skew(name: string, seconds: number, ci = false): FaultCase {
  return {
    name: `the clock of ${name} is ${Math.abs(seconds)} s ${seconds > 0 ? 'fast' : 'slow'}`,
    kind: 'clock',
    ci,
    run: async (shop) => {
      await shop.restart(name, { env: { NODE_OPTIONS: `--import=${skewClock}`, SKEW_CLOCK_MS: String(seconds * 1_000) } });
      await shop.load.untilBought(8, 90_000);
      await shop.restart(name, { env: { NODE_OPTIONS: '', SKEW_CLOCK_MS: '0' } });
      return '8 purchases meanwhile, beside an instance with the right time';
    },
  };
}

/** One of two instances is wrong by more than a hold and a lease last. */
export const clockCases: FaultCase[] = [
  skew('reservation-1', 60, true),
  skew('reservation-1', -60),
  skew('payment-1', 60),
  skew('queue-1', 30),
];
