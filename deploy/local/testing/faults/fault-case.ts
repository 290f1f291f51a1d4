import type { FaultShop } from './fault-shop.ts';

export type FaultKind = 'crash at a point' | 'kill -9' | 'pause' | 'lost reply' | 'delivery' | 'clock' | 'race';

/** One fault. The load goes on while it runs. */
export interface FaultCase {
  name: string;
  kind: FaultKind;
  /** Part of the selection that every build runs. */
  ci?: boolean;
  /**
   * Brings the fault about and waits until it has had its effect. What it leaves dead or paused is healed by the runner.
   * @returns what was seen, in a few words
   * @throws Error when the fault could not be brought about, or when an answer was wrong
   */
  run: (shop: FaultShop) => Promise<string>;
}
