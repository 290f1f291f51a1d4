import type { SeatBlock } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import { isoTime } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';

export const seatBlockSchema = z
  .object({ id: shownId, positions: z.array(z.int()), reason: z.string(), createdAt: shownInstant })
  .meta({ id: 'SeatBlock', description: 'Seats that are kept for guests. Everybody else sees them as SOLD.' });

export function toSeatBlock({ id, positions, reason, createdAt }: SeatBlock): z.output<typeof seatBlockSchema> {
  return { id, positions, reason, createdAt: isoTime(createdAt) };
}
