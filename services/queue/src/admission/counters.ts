import { keys } from '../rooms/room.ts';
import { createSharedState, type SharedState } from '../state/shared-state.ts';
import type { StateStore } from '../state/swap-state.ts';
import { nobodyServed, type Serving, servingSchema } from './serving.ts';

/** The serving counters of the rooms. */
export type Counters = SharedState<Serving>;

export function createCounters(store: StateStore): Counters {
  return createSharedState(store, { schema: servingSchema, empty: nobodyServed, keyOf: keys.serving });
}
