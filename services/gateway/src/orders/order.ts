import type { PerformanceDescription } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Order } from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import { TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { User } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { z } from 'zod';
import { describePerformances } from '../concerts/describe-performances.ts';
import type { Context } from '../context.ts';
import { isoTime } from '../http/answers.ts';
import { isOutage } from '../http/failures.ts';
import { shownId, shownInstant } from '../http/fields.ts';
import { reservationSchema, toReservation } from '../reservations/reservation.ts';

const concertOut = 'Null while the concert service is out.';
const userOut = 'Null for a deleted account, and while the user service is out.';

export const orderSchema = reservationSchema.extend({
  buyer: z.object({ id: shownId, name: z.string().nullable(), email: z.string().nullable() }).meta({ description: userOut }),
  concert: z.object({ id: shownId, title: z.string().nullable().meta({ description: concertOut }) }),
  performance: z.object({ id: shownId, startsAt: shownInstant.nullable().meta({ description: concertOut }) }),
  tickets: z
    .array(
      z.object({
        id: shownId,
        seatId: shownId,
        ownerId: shownId.meta({ description: 'The buyer’s account, or that of somebody who took the ticket over.' }),
        status: z.enum(['VALID', 'VOID']),
      }),
    )
    .meta({ description: 'All that were ever issued for it.' }),
});

/** Orders with what they are for and who has made them, each asked for together. */
export async function showOrders(ctx: Context, orders: Order[]): Promise<z.output<typeof orderSchema>[]> {
  const performanceIds = orders.flatMap(({ reservation }) => reservation?.performanceId ?? []);
  const userIds = orders.flatMap(({ reservation }) => reservation?.userId ?? []);
  const [performances, buyers] = await Promise.all([describePerformances(ctx, performanceIds), nameUsers(ctx, userIds)]);
  return orders.map((order) => showOrder(order, performances, buyers));
}

function showOrder(
  { reservation, tickets }: Order,
  performances: Map<string, PerformanceDescription>,
  buyers: Map<string, User>,
): z.output<typeof orderSchema> {
  if (!reservation) throw new Error('the reservation service left the reservation out');
  const { userId, concertId, performanceId } = reservation;
  const about = performances.get(performanceId);
  const buyer = buyers.get(userId);
  return {
    ...toReservation(reservation),
    buyer: { id: userId, name: buyer?.name ?? null, email: buyer?.email ?? null },
    concert: { id: concertId, title: about?.concertTitle ?? null },
    performance: { id: performanceId, startsAt: about ? isoTime(about.startsAt) : null },
    tickets: tickets.map(({ id, seatId, userId: ownerId, status }) => ({
      ...{ id, seatId, ownerId },
      status: status === TicketStatus.VALID ? 'VALID' : 'VOID',
    })),
  };
}

async function nameUsers({ services, log }: Context, ids: string[]): Promise<Map<string, User>> {
  const userIds = [...new Set(ids)];
  if (userIds.length === 0) return new Map();
  try {
    const { items } = await services.user.getUsers({ userIds });
    return new Map(items.map((item) => [item.id, item]));
  } catch (error) {
    if (!isOutage(error)) throw error;
    log.warn({ reason: error.message }, 'orders are listed without their buyers');
    return new Map();
  }
}
