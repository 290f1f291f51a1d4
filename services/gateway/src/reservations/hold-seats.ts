import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { livePassHolder } from '../auth/access.ts';
import { id, idempotencyKey, line } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { seatPositions } from '../seats/seat-positions.ts';
import { reservationSchema, toReservation } from './reservation.ts';

const theseSeats = z.strictObject({
  performanceId: id,
  seatIds: z
    .array(id)
    .min(1)
    .max(limits.seatsPerPerson)
    .refine((ids) => new Set(ids).size === ids.length, 'Must not name a seat twice')
    .meta({ uniqueItems: true }),
});
const thesePositions = z.strictObject({ performanceId: id, positions: seatPositions(limits.seatsPerPerson) });
const bestSeats = z.strictObject({
  performanceId: id,
  quantity: z.int().min(1).max(limits.seatsPerPerson),
  section: line(1, limits.sectionName).optional(),
  bestAvailable: z.literal(true).optional(),
});

export const holdSeats = defineRoute(
  {
    method: 'post',
    path: '/api/v1/reservations',
    operationId: 'holdSeats',
    summary: 'Hold seats',
    description: 'Holds these seats, by id or by position in the layout, or the best free ones, for a few minutes: all of them or none.',
    tag: 'Seats and reservations',
    access: livePassHolder,
    input: { body: z.union([theseSeats, thesePositions, bestSeats]).meta({ id: 'HoldSeats' }), idempotencyKey },
    responses: { 201: reservationSchema },
    problems: [
      'performance-not-found',
      'sale-not-open',
      'sale-over',
      'seat-not-found',
      'section-not-found',
      'seat-taken',
      'not-enough-seats',
      'person-limit-reached',
      'order-in-progress',
      'idempotency-key-reused',
      'request-in-progress',
    ],
  },
  async ({ services, ownHolds }, { body, idempotencyKey: key }, { user, pass }) => {
    const { result } = await services.reservation.holdSeats({
      userId: user.id,
      passConcertId: pass.concertId,
      passId: pass.id,
      idempotencyKey: key,
      performanceId: body.performanceId,
      ...wantedSeats(body),
    });
    if (result.case !== 'reservation') return refused(result);
    ownHolds.add(user.id, result.value);
    const reservation = toReservation(result.value);
    return { status: 201, headers: { location: `/api/v1/reservations/${reservation.id}` }, body: reservation };
  },
);

type Wanted = z.output<typeof theseSeats> | z.output<typeof thesePositions> | z.output<typeof bestSeats>;

function wantedSeats(body: Wanted): { seatIds: string[] } | { quantity: number; section: string } {
  if ('seatIds' in body) return { seatIds: body.seatIds };
  if ('positions' in body) return { seatIds: body.positions.map((position) => `#${position}`) };
  return { quantity: body.quantity, section: body.section ?? '' };
}
