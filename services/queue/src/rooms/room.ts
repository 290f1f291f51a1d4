import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';

/** A waiting room as stored. Times are milliseconds since 1970. */
export const roomSchema = z.object({
  concertId: z.string(),
  /** Made anew whenever the room is; places and counters of another epoch belong to a room that was lost. */
  epoch: z.string(),
  opensAt: z.int(),
  /** The room's own values; the runtime settings count where there are none. */
  capacity: z.int().nonnegative().optional(),
  passTtlSeconds: z.int().positive().optional(),
  paused: z.boolean(),
  /** 32 random bytes in hex; secret until the room opens. */
  drawSeed: z.string().length(64),
});

export type Room = z.infer<typeof roomSchema>;

export function newRoom(concertId: string, opensAt: number): Room {
  return { concertId, epoch: randomUUID(), opensAt, paused: false, drawSeed: randomBytes(32).toString('hex') };
}

/** SHA-256 of the seed's bytes in hex. Public from the beginning, so that the seed can't be chosen later. */
export function drawCommitment({ drawSeed }: Room): string {
  return createHash('sha256').update(Buffer.from(drawSeed, 'hex')).digest('hex');
}

export function isOpen({ opensAt }: Room, now: number): boolean {
  return now >= opensAt;
}

/** Where the parts of the rooms are kept. Counters carry the epoch, so that those of a lost room can't be mistaken for the new one's. */
export const keys = {
  index: 'rooms',
  room: (concertId: string) => `room:${concertId}`,
  tail: ({ concertId, epoch }: Room) => `tail:${concertId}:${epoch}`,
  serving: ({ concertId, epoch }: Room) => `serving:${concertId}:${epoch}`,
  place: (concertId: string, userId: string) => `entry:${concertId}:${userId}`,
};
