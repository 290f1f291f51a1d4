import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { sideCallMs } from '@ticketing/common/rpc-client';
import { createTimedCache } from '@ticketing/common/timed-cache';
import type { QueueService } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { type FollowedLine, readRoomLine } from '@ticketing/contracts/room-line';

/** A line as it was told last, and the time by the clock of its queue. */
export interface TimedLine {
  line: FollowedLine;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The line of a room, as it was within the last second; undefined while it can't be had. Who asks for it follows it. */
export type RoomLines = (concertId: string) => Promise<TimedLine | undefined>;

interface Loaded {
  timed: TimedLine | undefined;
  /** How long it took. */
  ms: number;
  bytes: number;
}

// The queue knows a room for half a second.
const oldestMs = 400;
const shortestMs = 50;
const roomsKept = 10_000;
const mostBytes = 32 * 2 ** 20;
// In memory, of what takes a byte on its way.
const bytesPerByte = 8;
const bytesBeside = 1_000;

/** Asks for the line of each room about twice a second, while it is asked for here. */
export function createRoomLines(queue: Pick<Client<typeof QueueService>, 'getRoomLine'>, log: Logger): RoomLines {
  const load = async (concertId: string): Promise<Loaded> => {
    const began = performance.now();
    const { timed, bytes } = await ask(concertId);
    return { timed, ms: performance.now() - began, bytes };
  };
  const ask = async (concertId: string): Promise<Omit<Loaded, 'ms'>> => {
    try {
      const { result } = await queue.getRoomLine({ concertId }, { timeoutMs: sideCallMs });
      if (result.case !== 'line' || !result.value.now) return { timed: undefined, bytes: bytesBeside };
      const { gone, absent, departed, now } = result.value;
      const [told, heardAt] = [timestampMs(now), performance.now()];
      return {
        timed: { line: readRoomLine(result.value), now: () => told + Math.floor(performance.now() - heardAt) },
        bytes: bytesBeside + bytesPerByte * (gone.length + absent.length + departed.length),
      };
    } catch (error) {
      log.debug({ err: error, concertId }, 'the line is not known; the queue is asked for each place');
      return { timed: undefined, bytes: bytesBeside };
    }
  };
  const lines = createTimedCache<Loaded>({
    ttlMs: ({ ms }) => Math.max(shortestMs, oldestMs - ms),
    max: roomsKept,
    size: { most: mostBytes, of: ({ bytes }) => bytes },
    load,
  });
  return async (concertId) => (await lines.get(concertId)).timed;
}
