import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ReservedSeat, ScanSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { id, instant, line, shownId } from '../http/fields.ts';

const longestCode = 1_000;

/** What a gate has seen of a ticket. */
export const scanSchema = z
  .strictObject({
    qr: z
      .string()
      .min(1)
      .max(longestCode)
      .optional()
      .meta({ description: 'What the code of the ticket says: `qr` or `qrText` of the ticket.' }),
    ticketId: id.optional().meta({ description: 'In place of the code, where the ticket was looked up.' }),
    nonce: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'Must be visible ASCII characters')
      .min(1)
      .max(limits.nonce)
      .meta({ description: 'Names this scan. The same again gets the same answer, also after a lost reply.', example: 'gate-2-000017' }),
    gate: line(1, limits.gateName).optional(),
    at: instant
      .optional()
      .meta({ description: 'When it was scanned, on the day of the performance and not in the future. Now, if left out.' }),
  })
  .refine(({ qr, ticketId }) => (qr === undefined) !== (ticketId === undefined), 'Must have either qr or ticketId');

/** A scan as the service is told. */
export function toScan({ qr, ticketId, nonce, gate = '', at }: z.output<typeof scanSchema>): MessageInitShape<typeof ScanSchema> {
  return {
    ticket: qr === undefined ? { case: 'ticketId', value: ticketId ?? '' } : { case: 'qr', value: qr },
    ...{ nonce, gate },
    ...(at && { at: timestampFromDate(at) }),
  };
}

export const gateSeatSchema = z
  .object({ id: shownId, section: z.string(), row: z.string(), number: z.int() })
  .meta({ id: 'GateSeat', description: 'Where the holder of a ticket sits.' });

export function toGateSeat(seat: ReservedSeat | undefined): z.output<typeof gateSeatSchema> {
  if (!seat) throw new Error('the reservation service left the seat out');
  const { id: seatId, section, row, number } = seat;
  return { id: seatId, section, row, number };
}

/** Name of a gate in an answer. */
export const shownGate = z.string().nullable().meta({ description: 'Null where the gate has no name.' });
