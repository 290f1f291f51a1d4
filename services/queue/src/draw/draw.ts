import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Room } from '../rooms/room.ts';

/** The draw of a room: from a join number (from 1) to a place (from 1); undefined for a number that took no part. */
export type Draw = (joinNumber: number) => number | undefined;

/** The draws of rooms, each computed once in this process. @param size how many people are drawn */
export type Draws = (room: Pick<Room, 'drawSeed'>, size: number) => Promise<Draw>;

const drawsKept = 100;
const lotsPerTurn = 5_000;

/**
 * What decides somebody's place: SHA-256 of the seed's 32 bytes followed by the join number as four bytes, big-endian.
 * docs/draw.md shows the same in other languages.
 */
export function lotOf(drawSeed: string, joinNumber: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(joinNumber);
  return createHash('sha256').update(Buffer.from(drawSeed, 'hex')).update(number).digest();
}

/** Draws places: people are called in the order of their lots, the smallest first. Lets other work run in between. */
export async function drawPlaces(drawSeed: string, size: number): Promise<Draw> {
  const lots: Buffer[] = [];
  for (let joinNumber = 1; joinNumber <= size; joinNumber += 1) {
    lots.push(lotOf(drawSeed, joinNumber));
    if (joinNumber % lotsPerTurn === 0) await nextTurn();
  }
  const places = new Uint32Array(size);
  const byLot = lots.map((lot, index) => ({ lot, index })).sort((a, b) => Buffer.compare(a.lot, b.lot));
  for (const [rank, { index }] of byLot.entries()) places[index] = rank + 1;
  return (joinNumber) => places[joinNumber - 1];
}

export function createDraws(): Draws {
  const draws = new LRUCache<string, Promise<Draw>>({ max: drawsKept });
  return ({ drawSeed }, size) => {
    const key = `${drawSeed}:${size}`;
    const known = draws.get(key);
    if (known) return known;
    const draw = drawPlaces(drawSeed, size);
    draws.set(key, draw);
    return draw;
  };
}
