import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterEach, describe, expect, it } from '@jest/globals';
import { PaymentStatus } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { ReservationStatus, TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { type FakeServices, ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';
import { isOut, knowsPerformances, seat, startsAt, ticket } from '../testing/test-tickets.ts';

const organiser = '0198c0de-0000-7000-8000-000000000021';
const payment = '0198c0de-0000-7000-8000-000000000022';
const at = timestampFromDate(new Date(startsAt));
const fan = { id: ids.fan, name: '=HYPERLINK("x")', email: 'fan@example.com', roles: ['fan'] };
const order = {
  reservation: {
    ...{ id: ids.reservation, userId: ids.fan, concertId: ids.concert, performanceId: ids.performance, paymentId: payment },
    ...{ status: ReservationStatus.CONFIRMED, seats: [seat], amount: 50_000n, createdAt: at, expiresAt: at },
  },
  tickets: [{ id: ticket.id, seatId: ids.seat, userId: ids.stranger, status: TicketStatus.VALID }],
};

let gateway: RunningGateway;
let asked: object[] = [];
afterEach(() => gateway.stop());

async function openShop(fakes: FakeServices = {}): Promise<void> {
  asked = [];
  gateway = await startGateway({
    concert: {
      ...knowsPerformances,
      authorize: ({ actor, concertId, change }) => {
        if (change) asked.push({ audited: change.action, subject: change.subject });
        const isAllowed = concertId === ids.concert && (actor?.operator || actor?.userId === organiser);
        return isAllowed ? {} : { refusal: { code: 'concert-not-found', detail: '' } };
      },
    },
    user: {
      getUsers: ({ userIds }) => ({ items: userIds.includes(ids.fan) ? [fan] : [] }),
      findUser: ({ email }) => (email === fan.email ? { user: fan } : {}),
    },
    payment: {
      getPayment: ({ userId, paymentId }) => {
        const paid = { id: paymentId, reservationId: ids.reservation, amount: 50_000n, status: PaymentStatus.COMPLETED };
        return userId === ids.fan
          ? { result: { case: 'payment', value: paid } }
          : { result: { case: 'refusal', value: { code: 'payment-not-found', detail: '' } } };
      },
    },
    orders: {
      listOrders: ({ concertId, userId, seatId, limit, cursor }) => {
        asked.push({ concertId, userId, seatId, limit, cursor });
        return { result: { case: 'page', value: { items: [order], nextCursor: '' } } };
      },
      getOrder: ({ orderId }) =>
        orderId === ids.reservation
          ? { result: { case: 'order', value: order } }
          : { result: { case: 'refusal', value: { code: 'order-not-found', detail: '' } } },
    },
    ...fakes,
  });
}

async function get(path: string, [userId, ...roles]: string[] = [organiser, 'organiser']) {
  const headers = { authorization: `Bearer ${await gateway.accessToken(userId ?? '', roles)}` };
  return fetch(`${gateway.url}/api/v1/admin/${path}`, { headers });
}
async function getJson(path: string, who?: string[]) {
  const reply = await get(path, who);
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
}

const operator = [ids.stranger, 'operator'];
const rival = [ids.stranger, 'organiser'];
const shown = {
  id: ids.reservation,
  status: 'CONFIRMED',
  paymentId: payment,
  buyer: { id: ids.fan, name: fan.name, email: fan.email },
  concert: { id: ids.concert, title: '봄밤의 콘서트' },
  performance: { id: ids.performance, startsAt },
  tickets: [{ id: ticket.id, seatId: ids.seat, ownerId: ids.stranger, status: 'VALID' }],
};

describe('orders', () => {
  it('of a concert are listed for its organiser and for operators, with their buyers', async () => {
    await openShop();
    for (const who of [[organiser, 'organiser'], operator]) {
      expect(await getJson(`orders?concertId=${ids.concert}&limit=5`, who)).toMatchObject({
        status: 200,
        body: { items: [shown], nextCursor: null },
      });
    }
    expect(asked[0]).toEqual({ concertId: ids.concert, userId: '', seatId: '', limit: 5, cursor: '' });
  });

  it('are found by the whole address of the buyer, and by a seat', async () => {
    await openShop();
    await getJson(`orders?concertId=${ids.concert}&email=${fan.email}&seat=${ids.seat}`);
    expect(asked).toEqual([{ concertId: ids.concert, userId: ids.fan, seatId: ids.seat, limit: 20, cursor: '' }]);
    const unknown = await getJson(`orders?concertId=${ids.concert}&email=nobody@example.com`);
    expect([unknown, asked.length]).toEqual([{ status: 200, body: { items: [], nextCursor: null } }, 1]);
  });

  it('are found without a concert by operators only', async () => {
    await openShop();
    expect(await getJson(`orders?email=${fan.email}`)).toMatchObject({ status: 422, body: { errors: [{ path: 'concertId' }] } });
    expect(asked).toEqual([]);
    expect(await getJson(`orders?email=${fan.email}`, operator)).toMatchObject({ status: 200, body: { items: [shown] } });
  });

  it('are not there for another organiser, and not for a fan', async () => {
    await openShop();
    expect(await getJson(`orders?concertId=${ids.concert}`, rival)).toMatchObject({ status: 404, body: { code: 'concert-not-found' } });
    expect(await getJson(`orders/${ids.reservation}`, rival)).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
    expect(await getJson(`orders/${ids.seat}`)).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
    for (const path of [`orders?concertId=${ids.concert}`, `orders/${ids.reservation}`, `performances/${ids.performance}/attendees.csv`]) {
      expect(await getJson(path, [ids.fan, 'fan'])).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      expect((await fetch(`${gateway.url}/api/v1/admin/${path}`)).status).toBe(401);
    }
    expect(asked).toEqual([]);
  });

  it('are asked for by what they can be found by', async () => {
    await openShop();
    for (const query of ['name=x', 'email=x', 'seat=1', 'concertId=1', 'limit=1000']) {
      expect(await getJson(`orders?${query}`, operator)).toMatchObject({ status: 422, body: { code: 'invalid-request' } });
    }
  });

  it('are shown alone with their payment', async () => {
    await openShop();
    const body = { ...shown, payment: { id: payment, status: 'COMPLETED', amount: 50_000 } };
    expect(await getJson(`orders/${ids.reservation}`)).toMatchObject({ status: 200, body });
  });

  it('are shown without what can’t be asked', async () => {
    await openShop({ user: { getUsers: isOut }, payment: { getPayment: isOut } });
    const body = { buyer: { id: ids.fan, name: null, email: null }, payment: null };
    expect(await getJson(`orders/${ids.reservation}`)).toMatchObject({ status: 200, body });
  });
});

describe('the attendees of a performance', () => {
  const path = `performances/${ids.performance}/attendees.csv`;
  const attendee = { ticketId: ticket.id, userId: ids.fan, seat, boughtAt: at };
  const line = `${ticket.id},Floor,A,1,50000,VALID,"'=HYPERLINK(""x"")",fan@example.com,${startsAt}`;
  /** Three pages of them; of a later one, the users can't be named where it is said so. */
  const pages = {
    listAttendees: ({ cursor, limit }: { cursor: string; limit: number }) => {
      asked.push({ cursor, limit });
      const next = { '': 'second', second: 'third', third: '' }[cursor] ?? '';
      const nobody = { ...attendee, userId: ids.stranger };
      return { result: { case: 'page' as const, value: { items: cursor === 'third' ? [nobody] : [attendee], nextCursor: next } } };
    },
  };

  it('are a file of CSV, made page by page, and the audit has it before', async () => {
    await openShop({ orders: pages });
    const reply = await get(path);
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8',
      `attachment; filename="attendees-${ids.performance}.csv"`,
    ]);
    const text = Buffer.from(await reply.arrayBuffer()).toString('utf8');
    expect(text.split('\r\n')).toEqual([
      '\ufeffticket id,section,row,number,price,status,name,email,bought at',
      ...[line, line],
      `${ticket.id},Floor,A,1,50000,VALID,,,${startsAt}`,
      '',
    ]);
    const [audit, ...read] = asked;
    expect(audit).toEqual({ audited: 'attendees.export', subject: ids.performance });
    expect(read).toEqual(['', 'second', 'third'].map((cursor) => ({ cursor, limit: 500 })));
  });

  it('are not there for another organiser, nor of what there is not', async () => {
    await openShop({ orders: pages });
    for (const [address, who] of [
      [path, rival],
      [`performances/${ids.seat}/attendees.csv`, operator],
      ['performances/x/attendees.csv', operator],
    ] as const) {
      expect(await getJson(address, [...who])).toMatchObject({ status: 404, body: { code: 'performance-not-found' } });
    }
    expect(asked.filter((one) => 'cursor' in one)).toEqual([]);
  });

  it('are refused where nothing can be read, and cut off where the rest can’t', async () => {
    await openShop({ orders: pages, user: { getUsers: isOut } });
    expect(await getJson(path)).toMatchObject({ status: 503, body: { code: 'temporarily-unavailable' } });
    await gateway.stop();
    let times = 0;
    const once = { getUsers: () => (++times === 1 ? { items: [fan] } : isOut()) };
    await openShop({ orders: pages, user: once });
    const reply = await get(path);
    expect(reply.status).toBe(200);
    await expect(reply.text()).rejects.toThrow();
  });
});
