import { createHash } from 'node:crypto';
import type { SigningKeys } from '@ticketing/common/signing-keys';
import { LRUCache } from 'lru-cache';
import type { Room } from '../rooms/room.ts';

/** @returns the JWT that lets the owner of the place into the shop until `expiresAt` (milliseconds since 1970) */
export type IssuePass = (room: Room, userId: string, position: number, expiresAt: number) => Promise<string>;

const maxPasses = 20_000;

/** Names the pass of a place. */
export function passIdOf({ epoch }: Pick<Room, 'epoch'>, userId: string, position: number): string {
  return createHash('sha256').update(`${epoch}:${userId}:${position}`).digest('base64url');
}

/** Signs passes, each once: asking again gives the same pass. */
export function createPassIssuer(keys: Pick<SigningKeys, 'sign'>, clock: () => number): IssuePass {
  const passes = new LRUCache<string, string>({ max: maxPasses });
  return async (room, userId, position, expiresAt) => {
    const { concertId, epoch } = room;
    const jti = passIdOf(room, userId, position);
    const key = `${jti}:${expiresAt}`;
    const known = passes.get(key);
    if (known) return known;
    const pass = await keys.sign(
      { sub: userId, room: concertId, epoch, place: position, jti },
      { issuer: 'ticketing-queue', audience: 'ticketing-pass', issuedAt: new Date(clock()), expiresAt: new Date(expiresAt) },
    );
    passes.set(key, pass);
    return pass;
  };
}
