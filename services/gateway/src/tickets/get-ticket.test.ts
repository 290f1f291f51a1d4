import { afterEach, describe, expect, it } from '@jest/globals';
import { TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ids, newSigningKeys, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

const seat = { id: ids.seat, section: 'Floor', row: 'A', number: 1, price: 50_000n };

async function ticketWith(status: TicketStatus, qr = ''): Promise<unknown> {
  const ticket = { id: ids.seat, reservationId: ids.reservation, performanceId: ids.performance, seat, status, qr };
  gateway = await startGateway({ reservation: { getTicket: () => ({ result: { case: 'ticket', value: ticket } }) } });
  const headers = { authorization: `Bearer ${await gateway.accessToken(ids.fan)}` };
  return (await fetch(`${gateway.url}/api/v1/tickets/${ids.seat}`, { headers })).json();
}

describe('a ticket', () => {
  it('has its code while it is valid', async () => {
    expect(await ticketWith(TicketStatus.VALID, 'a.b.c')).toMatchObject({ status: 'VALID', qr: 'a.b.c' });
  });

  it('has none once it is void, whatever the service says', async () => {
    const ticket = await ticketWith(TicketStatus.VOID, 'a.b.c');
    expect(ticket).toMatchObject({ status: 'VOID', seat: { id: ids.seat } });
    expect(ticket).not.toHaveProperty('qr');
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
