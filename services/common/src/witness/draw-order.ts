import { createHash } from 'node:crypto';
import { isInRanges, type NumberRanges } from './number-ranges.ts';

/** Whether the place that was drawn for a join number is among the first so many. */
export type IsAmongFirst = (joinNumber: number, places: number) => boolean;

// The first 53 bits of a lot, which a number holds exactly. Two of a million lots are as good as never the same in them.
const [highBits, lowBits] = [2 ** 21, 11];

/**
 * Draws the places of a room anew, from its seed alone (docs/draw.md): whoever took part, in the order of the SHA-256 of seed and join number.
 * Sixteen bytes for each.
 */
export function drawAgain(drawSeed: string, drawn: number, absent: NumberRanges): IsAmongFirst {
  const message = Buffer.concat([Buffer.from(drawSeed, 'hex'), Buffer.alloc(4)]);
  const lotOf = (joinNumber: number): number => {
    message.writeUInt32BE(joinNumber, message.length - 4);
    const lot = createHash('sha256').update(message).digest();
    return lot.readUInt32BE(0) * highBits + (lot.readUInt32BE(4) >>> lowBits);
  };
  const lots = new Float64Array(drawn);
  for (let joinNumber = 1; joinNumber <= drawn; joinNumber += 1) {
    lots[joinNumber - 1] = isInRanges(absent, joinNumber) ? Number.POSITIVE_INFINITY : lotOf(joinNumber);
  }
  const sorted = lots.slice().sort();
  return (joinNumber, places) => {
    const lot = lots[joinNumber - 1];
    const last = sorted[Math.min(places, drawn) - 1];
    return lot !== undefined && last !== undefined && Number.isFinite(lot) && lot <= last;
  };
}
