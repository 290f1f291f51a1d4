import { createHash } from 'node:crypto';
import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import type { QueueService } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { z } from 'zod';
import { type Feed, type Listener, streamEvent } from '../http/event-streams.ts';
import { type queueTokenSchema, toQueueToken } from './queue-token.ts';

type Token = z.output<typeof queueTokenSchema>;

/** Looks at places on behalf of everybody who listens, so that a listener costs a share of one call. */
export interface PlaceWatcher {
  /** @param first what the person is told at once */
  watch: (concertId: string, userId: string, first: Token, listener: Listener) => Feed;
}

interface Watch {
  userId: string;
  listener: Listener;
  token: Token;
  id: string;
}

const lookEveryMs = 500;
const usersPerCall = 500;

export function createPlaceWatcher(queue: Pick<Client<typeof QueueService>, 'getQueueTokens'>, log: Logger): PlaceWatcher {
  const rooms = new Map<string, Set<Watch>>();
  const busy = new Set<string>();

  const lookAt = async (concertId: string, watches: Watch[]): Promise<void> => {
    const byUser = new Map<string, Watch[]>();
    for (const watch of watches) byUser.set(watch.userId, [...(byUser.get(watch.userId) ?? []), watch]);
    const userIds = [...byUser.keys()];
    for (let start = 0; start < userIds.length; start += usersPerCall) {
      const asked = userIds.slice(start, start + usersPerCall);
      const { items } = await queue.getQueueTokens({ concertId, userIds: asked });
      const tokens = new Map(items.flatMap(({ userId, token }) => (token ? [[userId, toQueueToken(token)] as const] : [])));
      for (const userId of asked) for (const watch of byUser.get(userId) ?? []) take(watch, tokens.get(userId));
    }
  };

  const lookAtAll = (): void => {
    for (const [concertId, watches] of rooms) {
      if (busy.has(concertId)) continue;
      busy.add(concertId);
      lookAt(concertId, [...watches])
        .catch((error: unknown) => log.debug({ err: error, concertId }, 'the places could not be looked at; tried again'))
        .finally(() => busy.delete(concertId));
    }
  };
  setInterval(lookAtAll, lookEveryMs).unref();

  return {
    watch: (concertId, userId, first, listener) => {
      const watch: Watch = { userId, listener, token: first, id: idOf(first) };
      const watches = rooms.get(concertId) ?? new Set();
      rooms.set(concertId, watches.add(watch));
      let told = listener.lastEventId;
      return {
        next: () => {
          if (watch.id === told) return undefined;
          told = watch.id;
          return streamEvent(watch.id, watch.token);
        },
        stop: () => {
          watches.delete(watch);
          if (watches.size === 0) rooms.delete(concertId);
        },
      };
    },
  };
}

/** Sends a changed place; ends the stream of a person who has no place left. */
function take(watch: Watch, token: Token | undefined): void {
  if (!token) {
    watch.listener.end();
    return;
  }
  const id = idOf(token);
  if (id === watch.id) return;
  Object.assign(watch, { id, token });
  watch.listener.wake();
}

// Times that run by themselves are no change.
function idOf(token: Token): string {
  const lasting = JSON.stringify({ ...token, etaSeconds: 0, pollAfterMs: 0 });
  return createHash('sha256').update(lasting).digest('base64url').slice(0, 16);
}
