import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type NumberSet, noNumbers } from '@ticketing/contracts/number-set';
import { LRUCache } from 'lru-cache';
import type { Absences } from '../places/absences.ts';
import type { Room } from '../rooms/room.ts';

/** The draw of a room: from a join number (from 1) to a place (from 1); undefined for a number that took no part. */
export type Draw = (joinNumber: number) => number | undefined;

/** What a draw was made over: the join numbers from 1 to `drawn`, without so many that had left. */
export interface DrawSize {
  drawn: number;
  absent: number;
}

/** The draws of rooms, each computed once in this process. */
export type Draws = (room: Room, size: DrawSize) => Promise<Draw>;

// Four bytes each.
const placesKept = 16_000_000;
const lotsPerTurn = 2_000;
const bucketCount = 65_536;

/** Lets other work run. */
export type Pause = () => Promise<unknown>;

/**
 * What decides somebody's place: SHA-256 of the seed's 32 bytes followed by the join number as four bytes, big-endian.
 * docs/draw.md shows the same in other languages.
 */
export function createLots(drawSeed: string): (joinNumber: number) => Buffer {
  const message = Buffer.concat([Buffer.from(drawSeed, 'hex'), Buffer.alloc(4)]);
  return (joinNumber) => {
    message.writeUInt32BE(joinNumber, message.length - 4);
    return createHash('sha256').update(message).digest();
  };
}

/**
 * Draws places for the join numbers from 1 to `last`, without those that are absent: people are called in the order of their lots, the
 * smallest first. It works in short turns, and needs about 20 bytes a number.
 */
export async function drawPlaces(drawSeed: string, last: number, absent = noNumbers, pause: Pause = nextTurn): Promise<Draw> {
  const places = await rankByLot(createLots(drawSeed), last, absent, pause);
  // Place 0 is none.
  return (joinNumber) => places[joinNumber - 1] || undefined;
}

/** Sorts by the first eight bytes of the lots, in buckets by the first two; whole lots are looked at where those are the same. */
export async function rankByLot(
  lotOf: (joinNumber: number) => Buffer,
  last: number,
  absent: NumberSet,
  pause: Pause,
): Promise<Uint32Array> {
  const [high, low] = [new Uint32Array(last), new Uint32Array(last)];
  const ends = new Uint32Array(bucketCount + 1);
  const bucketOf = (index: number): number => (high[index] ?? 0) >>> 16;
  for (let index = 0; index < last; index += 1) {
    if (index % lotsPerTurn === 0) await pause();
    if (absent.has(index + 1)) continue;
    const lot = lotOf(index + 1);
    high[index] = lot.readUInt32BE(0);
    low[index] = lot.readUInt32BE(4);
    ends[bucketOf(index) + 1] = (ends[bucketOf(index) + 1] ?? 0) + 1;
  }
  for (let bucket = 1; bucket <= bucketCount; bucket += 1) ends[bucket] = (ends[bucket] ?? 0) + (ends[bucket - 1] ?? 0);
  const byLot = new Uint32Array(ends[bucketCount] ?? 0);
  const starts = ends.slice();
  for (let index = 0; index < last; index += 1) {
    if (absent.has(index + 1)) continue;
    const bucket = bucketOf(index);
    const at = starts[bucket] ?? 0;
    byLot[at] = index;
    starts[bucket] = at + 1;
  }
  const compare = (a: number, b: number): number =>
    (high[a] ?? 0) - (high[b] ?? 0) || (low[a] ?? 0) - (low[b] ?? 0) || Buffer.compare(lotOf(a + 1), lotOf(b + 1));
  for (let bucket = 0; bucket < bucketCount; bucket += 1) {
    if (bucket % lotsPerTurn === 0) await pause();
    byLot.subarray(ends[bucket], ends[bucket + 1]).sort(compare);
  }
  const places = new Uint32Array(last);
  byLot.forEach((index, rank) => {
    places[index] = rank + 1;
  });
  return places;
}

export function createDraws(absences: Absences): Draws {
  const draws = new LRUCache<string, Promise<Draw>>({ maxSize: placesKept });
  const compute = async (room: Room, { drawn, absent }: DrawSize): Promise<Draw> => {
    const joinNumbers = absent === 0 ? noNumbers : (await absences.reload(room)).joinNumbers;
    if (joinNumbers.count(1, drawn) !== absent) throw new Error('the state store has lost who left before the draw');
    return drawPlaces(room.drawSeed, drawn, joinNumbers);
  };
  return (room, size) => {
    const { drawn } = size;
    const key = `${room.epoch}:${drawn}`;
    const known = draws.get(key);
    if (known) return known;
    const draw = compute(room, size);
    draws.set(key, draw, { size: drawn + 1 });
    draw.catch(() => draws.delete(key));
    return draw;
  };
}
