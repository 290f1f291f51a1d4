import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { type FakeServices, ids, newSigningKeys, type RunningGateway, startGateway } from '../testing/start-gateway.ts';
import { description, isOut, knowsPerformances, startsAt, ticket } from '../testing/test-tickets.ts';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

interface Shop {
  status?: TicketStatus;
  concert?: FakeServices['concert'];
  tickets?: FakeServices['tickets'];
}

async function openShop({ status = TicketStatus.VALID, concert = knowsPerformances, tickets = {} }: Shop = {}): Promise<void> {
  const value = { ...ticket, status };
  gateway = await startGateway({
    concert,
    tickets,
    reservation: {
      getTicket: ({ ticketId, userId }) =>
        ticketId === ticket.id && userId === ids.fan
          ? { result: { case: 'ticket', value } }
          : { result: { case: 'refusal', value: { code: 'ticket-not-found' } } },
    },
  });
}

async function get(path: string, userId = ids.fan): Promise<Response> {
  const headers = { authorization: `Bearer ${await gateway.accessToken(userId)}` };
  return fetch(`${gateway.url}/api/v1/${path}`, { headers });
}

const shown = {
  id: ticket.id,
  reservationId: ids.reservation,
  performanceId: ids.performance,
  concert: { id: ids.concert, title: '봄밤의 콘서트', artist: 'Somebody' },
  venue: { id: ids.room, name: 'A hall', city: 'Seoul' },
  startsAt,
  timeZone: 'Asia/Seoul',
  seat: { id: ids.seat, section: 'Floor', row: 'A', number: 1, price: 50_000 },
  status: 'VALID',
};

describe('a ticket', () => {
  it('has its code while it is valid, and says what it is for', async () => {
    await openShop();
    expect(await (await get(`tickets/${ticket.id}`)).json()).toEqual({ ...shown, qr: 'a.b.c', qrText: 'A:B' });
  });

  it('has none once it is void, whatever the service says', async () => {
    await openShop({ status: TicketStatus.VOID });
    const body = await (await get(`tickets/${ticket.id}`)).json();
    expect(body).toEqual({ ...shown, status: 'VOID' });
  });

  it('has its code also while the concert service is out', async () => {
    await openShop({ concert: { describePerformances: isOut } });
    expect(await (await get(`tickets/${ticket.id}`)).json()).toMatchObject({
      ...{ qr: 'a.b.c', concert: { id: ids.concert, title: null, artist: null } },
      ...{ venue: null, startsAt: null, timeZone: null },
    });
  });

  it('is not there for others', async () => {
    await openShop();
    for (const path of [`tickets/${ticket.id}`, `tickets/${ticket.id}.ics`]) {
      const reply = await get(path, ids.stranger);
      expect([reply.status, await reply.json()]).toEqual([404, expect.objectContaining({ code: 'ticket-not-found' })]);
      expect((await fetch(`${gateway.url}/api/v1/${path}`)).status).toBe(401);
    }
  });
});

describe('a ticket for calendars', () => {
  it('is a file of its own beside the ticket', async () => {
    await openShop();
    const reply = await get(`tickets/${ticket.id}.ics`);
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('content-disposition')]).toEqual([
      200,
      'text/calendar; charset=utf-8',
      `attachment; filename="ticket-${ticket.id}.ics"`,
    ]);
    const text = await reply.text();
    for (const line of [
      `UID:${ticket.id}`,
      'DTSTART:20270301T110000Z',
      'SEQUENCE:6',
      'STATUS:CONFIRMED',
      String.raw`LOCATION:A hall\, Seoul`,
    ])
      expect(text.split('\r\n')).toContain(line);
  });

  it('is a later version once the ticket is void, and once the performance has moved', async () => {
    await openShop({ status: TicketStatus.VOID });
    const lines = (await (await get(`tickets/${ticket.id}.ics`)).text()).split('\r\n');
    expect(lines).toEqual(expect.arrayContaining(['STATUS:CANCELLED', 'SEQUENCE:7']));
    await gateway.stop();
    const moved = { ...description, concertVersion: 4, startsAt: timestampFromDate(new Date('2027-03-02T11:00:00Z')) };
    await openShop({ concert: { describePerformances: () => ({ items: [moved] }) } });
    const later = (await (await get(`tickets/${ticket.id}.ics`)).text()).split('\r\n');
    expect(later).toEqual(expect.arrayContaining(['DTSTART:20270302T110000Z', 'SEQUENCE:8']));
  });

  it('can’t be made while the concert service is out', async () => {
    await openShop({ concert: { describePerformances: isOut } });
    const reply = await get(`tickets/${ticket.id}.ics`);
    expect([reply.status, await reply.json()]).toEqual([503, expect.objectContaining({ code: 'temporarily-unavailable' })]);
  });

  it.each(['nothing.ics', `${ticket.id}.pdf`, `${ticket.id}.ics.ics`, '.ics'])('is at no other address: %s', async (name) => {
    await openShop();
    expect((await get(`tickets/${name}`)).status).toBe(404);
  });

  it('is only read', async () => {
    await openShop();
    const reply = await fetch(`${gateway.url}/api/v1/tickets/${ticket.id}.ics`, { method: 'DELETE' });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('my tickets', () => {
  it('are listed with what they are for, which is asked once for a page', async () => {
    const asked: unknown[] = [];
    const transfer = { id: ids.room, expiresAt: timestampFromDate(new Date(startsAt)) };
    await openShop({
      concert: {
        describePerformances: (request) => {
          asked.push(request.performanceIds);
          return knowsPerformances.describePerformances(request);
        },
      },
      tickets: {
        listTickets: ({ userId, limit, cursor }) => {
          asked.push({ userId, limit, cursor });
          return { result: { case: 'page', value: { items: [ticket, { ...ticket, transfer }], nextCursor: 'next' } } };
        },
      },
    });
    expect(await (await get('users/me/tickets?limit=2&cursor=abc')).json()).toEqual({
      items: [shown, { ...shown, transfer: { id: ids.room, expiresAt: startsAt } }],
      nextCursor: 'next',
    });
    expect(asked).toEqual([{ userId: ids.fan, limit: 2, cursor: 'abc' }, [ids.performance]]);
  });

  it('need an account, and nothing else is asked for', async () => {
    await openShop();
    expect((await fetch(`${gateway.url}/api/v1/users/me/tickets`)).status).toBe(401);
    expect((await get('users/me/tickets?userId=1')).status).toBe(422);
  });
});

describe('the keys of tickets', () => {
  it('are shown to everybody, and asked for once', async () => {
    const { publicJwks } = await newSigningKeys('ticket-1');
    let asked = 0;
    gateway = await startGateway({
      reservation: {
        getTicketKeys: () => {
          asked += 1;
          return { jwks: publicJwks };
        },
      },
    });
    for (let time = 1; time <= 2; time += 1) {
      const reply = await fetch(`${gateway.url}/.well-known/ticket-keys.json`);
      expect([reply.status, reply.headers.get('cache-control'), await reply.json()]).toEqual([
        200,
        'public, max-age=300',
        JSON.parse(publicJwks),
      ]);
    }
    expect(asked).toBe(1);
  });
});
