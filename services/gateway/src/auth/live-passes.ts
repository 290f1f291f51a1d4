import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { sideCallMs } from '@ticketing/common/rpc-client';
import type { QueueService } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { LRUCache } from 'lru-cache';
import type { QueuePass } from './queue-passes.ts';

/** Whether a pass that is signed and not expired is still good: not paid with, given up or taken away. At most two seconds late. */
export type IsLive = (pass: QueuePass) => Promise<boolean>;

interface Known {
  epoch: string;
  places: Set<number>;
  /** Milliseconds since 1970, by the clock of the queue service. */
  asOf: number;
  /** Milliseconds since 1970. */
  loadedAt: number;
}

const freshMs = 1_000;
const staleMs = 30_000;
// A pass that was signed about when the list was made may be missing in it.
const signedLatelyMs = 3_000;
const roomsKept = 10_000;

/**
 * Compares passes with a list of each room's live ones, all of the room's present epoch, which is fetched beside the requests, once a second while it is asked for.
 * Only the first request of a room waits for it. Where the queue service is out, the signature alone decides.
 */
export function createLivePasses(options: {
  queue: Pick<Client<typeof QueueService>, 'getLivePasses'>;
  log: Logger;
  now?: () => number;
}): IsLive {
  const { queue, log, now = Date.now } = options;
  const rooms = new LRUCache<string, Known>({ max: roomsKept });
  const loading = new Map<string, Promise<void>>();

  const load = async (concertId: string): Promise<void> => {
    try {
      const { result } = await queue.getLivePasses({ concertId }, { timeoutMs: sideCallMs });
      if (result.case === 'passes' && result.value.asOf) {
        const { epoch, positions, asOf } = result.value;
        rooms.set(concertId, { epoch, places: new Set(positions), asOf: timestampMs(asOf), loadedAt: now() });
      } else rooms.delete(concertId);
    } catch (error) {
      log.debug({ err: error, concertId }, 'the live passes are not known');
    }
  };
  const refresh = (concertId: string): Promise<void> => {
    const running = loading.get(concertId);
    if (running) return running;
    const started = load(concertId).finally(() => loading.delete(concertId));
    loading.set(concertId, started);
    return started;
  };

  return async ({ concertId, epoch, place, signedAt }) => {
    const known = rooms.get(concertId);
    const age = known ? now() - known.loadedAt : Number.POSITIVE_INFINITY;
    if (age >= freshMs) {
      const refreshed = refresh(concertId);
      if (age >= staleMs) await refreshed;
    }
    const list = rooms.get(concertId);
    if (!list || now() - list.loadedAt >= staleMs) return true;
    return (list.epoch === epoch && list.places.has(place)) || signedAt > list.asOf - signedLatelyMs;
  };
}
