import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@ticketing/common/log';
import { type Feed, type Listener, streamEvent } from '../http/event-streams.ts';
import type { PlaceReader } from './place-reader.ts';
import type { ShownToken } from './queue-token.ts';

/** Looks at places on behalf of everybody who listens, so that a listener costs a share of one call. */
export interface PlaceWatcher {
  /** @param first what the person is told at once */
  watch: (concertId: string, userId: string, first: ShownToken, listener: Listener) => Feed;
}

interface Watch {
  userId: string;
  listener: Listener;
  token: ShownToken;
  /** In which looks it hears that others have moved on, where many are ahead. */
  hearsEven: boolean;
}

const lookEveryMs = 500;
// Then other work goes on.
const watchesPerTurn = 200;
// From here on a person hears each second look only how many are ahead, so that a line that moves all the time costs half as many events.
const manyAhead = 100;

export function createPlaceWatcher(reader: Pick<PlaceReader, 'follow' | 'ask'>, log: Logger): PlaceWatcher {
  const rooms = new Map<string, Set<Watch>>();
  const busy = new Set<string>();
  let looks = 0;
  let watchesBegun = 0;

  const lookAtAll = (): void => {
    looks += 1;
    for (const [concertId, watches] of rooms) {
      if (busy.has(concertId)) continue;
      busy.add(concertId);
      lookAt(reader, { concertId, watches: [...watches], isEven: looks % 2 === 0 })
        .catch((error: unknown) => log.debug({ err: error, concertId }, 'the places could not be looked at; tried again'))
        .finally(() => busy.delete(concertId));
    }
  };
  setInterval(lookAtAll, lookEveryMs).unref();

  return {
    watch: (concertId, userId, first, listener) => {
      watchesBegun += 1;
      const watch: Watch = { userId, listener, token: first, hearsEven: watchesBegun % 2 === 0 };
      const watches = rooms.get(concertId) ?? new Set();
      rooms.set(concertId, watches.add(watch));
      let told = listener.lastEventId;
      return {
        next: () => {
          const id = idOf(watch.token);
          if (id === told) return undefined;
          told = id;
          return streamEvent(id, watch.token);
        },
        stop: () => {
          watches.delete(watch);
          if (watches.size === 0) rooms.delete(concertId);
        },
      };
    },
  };
}

/** Looks at everybody who watches a room. The queue is asked about those for whom the line does not say where they stand. */
async function lookAt(
  reader: Pick<PlaceReader, 'follow' | 'ask'>,
  { concertId, watches, isEven }: { concertId: string; watches: Watch[]; isEven: boolean },
): Promise<void> {
  const standing = await reader.follow(concertId);
  const others: Watch[] = [];
  for (const [index, watch] of watches.entries()) {
    if (index % watchesPerTurn === watchesPerTurn - 1) await nextTurn();
    const token = standing(watch.userId);
    if (token) take(watch, token, watch.hearsEven === isEven);
    else others.push(watch);
  }
  if (others.length === 0) return;
  const tokens = await reader.ask(concertId, [...new Set(others.map(({ userId }) => userId))]);
  for (const watch of others) {
    const token = tokens.get(watch.userId);
    if (token) take(watch, token, true);
    else watch.listener.end();
  }
}

/** Sends a changed place. @param hearsMoves whether that others have moved on is said as well, where many are ahead */
function take(watch: Watch, token: ShownToken, hearsMoves: boolean): void {
  const isMove = onlyMoved(watch.token, token);
  if (isMove && (token.ahead === watch.token.ahead || (!hearsMoves && token.ahead >= manyAhead))) return;
  watch.token = token;
  watch.listener.wake();
}

/** Whether nothing has changed but how many are ahead, and times that run by themselves. It is asked twice a second for every stream. */
function onlyMoved(before: ShownToken, after: ShownToken): boolean {
  return (
    before.position === after.position &&
    before.status === after.status &&
    before.roomState === after.roomState &&
    before.joinNumber === after.joinNumber &&
    before.pass === after.pass &&
    before.passExpiresAt === after.passExpiresAt
  );
}

/** Names what a client was told, for when it comes again. */
function idOf({ status, roomState, joinNumber, position, ahead, pass, passExpiresAt }: ShownToken): string {
  const place = `${status}-${roomState}-${joinNumber}-${position}-${ahead}`;
  if (pass === undefined) return place;
  return `${place}-${createHash('sha256').update(`${pass} ${passExpiresAt}`).digest('base64url').slice(0, 16)}`;
}
