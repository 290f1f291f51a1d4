import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import { ConfirmReservationRequestSchema, GetTicketRequestSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { decodeJwt } from 'jose';
import type { Context } from '../context.ts';
import { confirmReservation } from '../reservations/confirm-reservation.ts';
import { findReservation } from '../reservations/reservation.ts';
import { askForSeats, createTestContext, letBegin, openSale } from '../testing/test-sale.ts';
import { getTicket } from '../tickets/get-ticket.ts';
import { followPerformances } from './follow-performances.ts';
import type { Performance } from './performances.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

const hours = (count: number): string => new Date(Math.floor(Date.now() / 1_000) * 1_000 + count * 3_600_000).toISOString();

interface Wish {
  version: number;
  startsAt?: string;
  saleOpensAt?: string;
  maxSeatsPerPerson?: number;
}

function follow({ id }: Pick<Performance, 'id'>, wish: Wish, db = ctx.db): Promise<void> {
  const { version, startsAt = hours(48), saleOpensAt = hours(-1), maxSeatsPerPerson = 4 } = wish;
  return db.transaction((tx) => followPerformances(tx, [{ performanceId: id, version, startsAt, saleOpensAt, maxSeatsPerPerson }]));
}

async function stored({ id }: Performance) {
  const [row] = await ctx.db.query<{ startsAt: Date; version: number }>(
    'SELECT starts_at AS startsAt, version FROM performances WHERE id = ?',
    [idToBinary(id)],
  );
  return row && { startsAt: row.startsAt.toISOString(), version: row.version };
}

describe('a performance that is moved', () => {
  it('goes by the newest of its events, whatever their order', async () => {
    const performance = await openSale(ctx, 1);
    const newest = { version: 3, startsAt: hours(72) };
    await follow(performance, newest);
    for (const late of [{ version: 2, startsAt: hours(24) }, newest]) await follow(performance, late);
    expect(await stored(performance)).toEqual({ version: 3, startsAt: newest.startsAt });
  });

  it('would go by the last one that arrives without a look at the number', async () => {
    const performance = await openSale(ctx, 1);
    await follow(performance, { version: 3, startsAt: hours(72) });
    const late = { version: 2, startsAt: hours(24) };
    await follow(performance, late, withoutGuard(ctx.db, 'AND version < ?', 'AND ? > 0'));
    expect(await stored(performance)).toEqual(late);
  });

  it('is not forgotten where its seats are not there yet', async () => {
    await expect(follow({ id: newId() }, { version: 2 })).rejects.toThrow('has no seats yet');
  });

  it('lets holds last as long as they may, sells again, and takes the new limit at once', async () => {
    const performance = await openSale(ctx, 4);
    await letBegin(ctx, performance);
    expect(await askForSeats(ctx, performance, { quantity: 1 })).toBe('sale-over');
    await follow(performance, { version: 2, maxSeatsPerPerson: 1 });
    expect(await askForSeats(ctx, performance, { quantity: 2 })).toBe('person-limit-reached');
    expect(await askForSeats(ctx, performance, { quantity: 1 })).toMatchObject({ id: expect.any(String) });
    await follow(performance, { version: 3, saleOpensAt: hours(1) });
    expect(await askForSeats(ctx, performance, { quantity: 1 })).toBe('sale-not-open');
  });

  it('has good tickets until a day after its new time', async () => {
    const performance = await openSale(ctx, 1);
    const hold = await askForSeats(ctx, performance, { quantity: 1 });
    if (typeof hold === 'string') throw new Error(`refused: ${hold}`);
    await confirmReservation(
      ctx,
      create(ConfirmReservationRequestSchema, { reservationId: hold.id, userId: hold.userId, paymentId: newId() }),
    );
    const [ticket] = (await findReservation(ctx.db, hold.id, hold.userId))?.tickets ?? [];
    const startsAt = hours(24 * 40);
    await follow(performance, { version: 2, startsAt });
    const { result } = await getTicket(ctx, create(GetTicketRequestSchema, { ticketId: ticket?.id ?? '', userId: hold.userId }));
    const qr = result?.case === 'ticket' ? (result.value.qr ?? '') : '';
    expect(decodeJwt(qr).exp).toBe(Date.parse(startsAt) / 1_000 + 86_400);
  });
});
