import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { isOpen, isOver } from '@ticketing/contracts/room-times';
import { z } from 'zod';

/** A waiting room as stored. Times are milliseconds since 1970. */
export const roomSchema = z.object({
  concertId: z.string(),
  /** New at each restart of the room; places and counters of another epoch belong to a lost room. */
  epoch: z.string(),
  opensAt: z.int(),
  /** When the last performance begins, or the concert was cancelled, and with it the sale is over; undefined while none is known. */
  endsAt: z.int().optional(),
  /** The concert's version when the times were taken from it; what is older changes nothing. */
  concertVersion: z.int().nonnegative().default(0),
  /** How often the organiser had moved the opening of the sale by then. */
  saleMoves: z.int().nonnegative().default(0),
  /** The room's own values; the runtime settings count where there are none. */
  capacity: z.int().nonnegative().optional(),
  passTtlSeconds: z.int().positive().optional(),
  paused: z.boolean(),
  /** Nobody is let in, and nobody new may join. */
  closed: z.boolean().default(false),
  /** 32 random bytes in hex; secret until the places are drawn. */
  drawSeed: z.string().length(64),
});

export type Room = z.infer<typeof roomSchema>;

export function newRoom(concertId: string, opensAt: number, endsAt?: number): Room {
  return {
    ...{ concertId, epoch: randomUUID(), opensAt, endsAt, concertVersion: 0, saleMoves: 0 },
    ...{ paused: false, closed: false, drawSeed: randomBytes(32).toString('hex') },
  };
}

/** SHA-256 of the seed's bytes in hex. Public from the beginning, so that the seed can't be chosen later. */
export function drawCommitment({ drawSeed }: Room): string {
  return createHash('sha256').update(Buffer.from(drawSeed, 'hex')).digest('hex');
}

const dayMs = 86_400_000;
const keptAfterEndMs = 7 * dayMs;
const keptWithoutEndMs = 400 * dayMs;

/** How long from now what belongs to a room is kept, in seconds: until some days after the end of its sale. */
export function keptSeconds({ opensAt, endsAt }: Pick<Room, 'opensAt' | 'endsAt'>, now = Date.now()): number {
  const until = endsAt === undefined ? Math.max(opensAt, now) + keptWithoutEndMs : Math.max(opensAt, endsAt, now) + keptAfterEndMs;
  return Math.ceil((until - now) / 1_000);
}

/** Whether people are let in at all. */
export function letsIn(room: Room, now: number): boolean {
  return isOpen(room, now) && !room.paused && !room.closed && !isOver(room, now);
}

/** Where the parts of the rooms are kept. Counters carry the epoch, so that those of a lost room can't be mistaken for the new one's. */
export const keys = {
  index: (shard: number) => `room-index:${shard}`,
  indexChanges: 'room-index',
  formerIndex: 'rooms',
  room: (concertId: string) => `room:${concertId}`,
  tail: ({ concertId, epoch }: Room) => `line:${concertId}:${epoch}`,
  absences: ({ concertId, epoch }: Room) => `absences:${concertId}:${epoch}`,
  serving: ({ concertId, epoch }: Room) => `admission:${concertId}:${epoch}`,
  /** What each room has one of. */
  records: (room: Room) => [keys.tail(room), keys.absences(room), keys.serving(room)],
  joined: (userId: string) => `joined:${userId}`,
  place: (concertId: string, userId: string) => `place:${concertId}:${userId}`,
};
