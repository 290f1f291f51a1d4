import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import type { GetQueueTokenResponse, QueueService, QueueToken } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { isKnownToWait, type KnownPlace } from '@ticketing/contracts/room-line';
import { stateOf } from '@ticketing/contracts/room-times';
import { standingInLine } from '@ticketing/contracts/standing';
import { createKnownPlaces, type KnownPlaces } from './known-places.ts';
import { type ShownToken, toQueueToken } from './queue-token.ts';
import { createRoomLines, type TimedLine } from './room-lines.ts';

type Result = Exclude<GetQueueTokenResponse['result'], { case: 'token' }> | { case: 'token'; value: ShownToken };

/** Says where people stand. */
export interface PlaceReader {
  /** Where a person stands, or why not. */
  read: (concertId: string, userId: string) => Promise<Result>;
  /** What a room's line says, as it is now, of those whose places are known here and not called; undefined for all others. */
  follow: (concertId: string) => Promise<(userId: string) => ShownToken | undefined>;
  /** Asks the queue about several people, each named once. Whoever has no place is left out. */
  ask: (concertId: string, userIds: string[]) => Promise<Map<string, ShownToken>>;
  /** Remembers a place that the queue has told. @param askedAt when it was asked, by performance.now() */
  remember: (userId: string, token: QueueToken, askedAt: number) => void;
  /** The person has left, or may have. */
  forget: KnownPlaces['forget'];
}

type Queue = Pick<Client<typeof QueueService>, 'getQueueToken' | 'getQueueTokens' | 'getRoomLine'>;

const usersPerCall = 500;
const patienceMs = 1_000;

/**
 * Tells those who wait by the line of their room, which costs no call for each of them. Who is called or may have left, and whose place is
 * not known here, is told by the queue: only there is a pass taken. It is asked for everybody together who comes while it is being asked
 * about a room; an instance of it that hangs holds up only those who are asked for.
 */
export function createPlaceReader(queue: Queue, log: Logger): PlaceReader {
  const places = createKnownPlaces();
  const lines = createRoomLines(queue, log);

  const told = (userId: string, token: QueueToken, askedAt: number): ShownToken => {
    places.remember(userId, token, askedAt);
    return toQueueToken(token);
  };
  const ask: PlaceReader['ask'] = async (concertId, userIds) => {
    const tokens = new Map<string, ShownToken>();
    for (let start = 0; start < userIds.length; start += usersPerCall) {
      const askedAt = performance.now();
      const { items } = await queue.getQueueTokens({ concertId, userIds: userIds.slice(start, start + usersPerCall) });
      for (const { userId, token } of items) if (token) tokens.set(userId, told(userId, token, askedAt));
    }
    return tokens;
  };
  const askTogether = createMicroBatcher({ limit: usersPerCall, patienceMs }, async (concertId: string, userIds: string[]) => {
    const tokens = await ask(concertId, [...new Set(userIds)]);
    return userIds.map((userId) => ({ token: tokens.get(userId) }));
  });
  const askAlone = async (concertId: string, userId: string): Promise<Result> => {
    const { token } = await askTogether(concertId, userId);
    if (token) return { case: 'token', value: token };
    // Only the single question tells why there is none.
    const askedAt = performance.now();
    const { result } = await queue.getQueueToken({ concertId, userId });
    return result.case === 'token' ? { case: 'token', value: told(userId, result.value, askedAt) } : result;
  };

  return {
    read: async (concertId, userId) => {
      const place = places.find(concertId, userId);
      const line = place && (await lines(concertId));
      const token = line && tokenInLine(concertId, line, place);
      return token ? { case: 'token', value: token } : askAlone(concertId, userId);
    },
    follow: async (concertId) => {
      const line = await lines(concertId);
      return (userId) => {
        const place = line && places.find(concertId, userId);
        return place && tokenInLine(concertId, line, place);
      };
    },
    ask,
    remember: places.remember,
    forget: places.forget,
  };
}

/** Where somebody stands who waits in a line; undefined where the line alone does not say that. */
function tokenInLine(concertId: string, { line, now }: TimedLine, place: KnownPlace): ShownToken | undefined {
  if (!isKnownToWait(line, place)) return undefined;
  // So far the person has not left: only later departures are looked at next time.
  if (place.position !== undefined) place.departures = line.departures.count;
  const { joinNumber, position } = place;
  const time = now();
  return toQueueToken({
    concertId,
    roomState: stateOf(line, time),
    joinNumber,
    position: position ?? 0,
    ...standingInLine(line, place, time),
  });
}
