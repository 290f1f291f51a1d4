import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckInRequest } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { type FakeServices, ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

const at = new Date('2031-05-01T10:00:00.000Z');
const seat = { id: ids.seat, section: 'Floor', row: 'A', number: 1, price: 50_000n };
const shownSeat = { id: ids.seat, section: 'Floor', row: 'A', number: 1 };
const ticketId = ids.reservation;
const standing = { ticketId, userId: ids.fan, seat, checkedInAt: timestampFromDate(at), gate: 'North' };
const user = { id: ids.fan, email: 'fan@example.com', name: 'Kim Fan', roles: ['fan'] };
const named = { user: { getUser: () => ({ result: { case: 'user' as const, value: user } }) } };
const path = `/api/v1/admin/performances/${ids.performance}`;
const scan = { qr: 'CODE', nonce: 'n-1' };

interface Reply {
  status: number;
  body: unknown;
}

async function ask(fakes: FakeServices, method: string, address: string, body?: unknown): Promise<Reply> {
  gateway = await startGateway(fakes);
  const headers = { authorization: `Bearer ${await gateway.accessToken(ids.stranger)}`, 'content-type': 'application/json' };
  const reply = await fetch(`${gateway.url}${address}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await reply.text();
  return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) };
}

const refusing = (code: string) => ({ outcome: { result: { case: 'refusal' as const, value: { code } } } });

describe('a scan', () => {
  it('is passed on with who made it, and answered with whose ticket it is', async () => {
    const asked: CheckInRequest[] = [];
    const checkIn = (request: CheckInRequest) => {
      asked.push(request);
      return { outcome: { result: { case: 'checkedIn' as const, value: standing } } };
    };
    const body = { ...scan, gate: 'North', at: '2031-05-01T19:00:00+09:00' };
    expect(await ask({ ...named, reservation: { checkIn } }, 'POST', `${path}/check-ins`, body)).toEqual({
      status: 201,
      body: { ticketId, seat: shownSeat, name: 'Kim Fan', checkedInAt: at.toISOString(), gate: 'North' },
    });
    expect(asked).toMatchObject([
      {
        actor: { userId: ids.stranger, operator: false },
        performanceId: ids.performance,
        scan: { ticket: { case: 'qr', value: 'CODE' }, nonce: 'n-1', gate: 'North', at: timestampFromDate(at) },
      },
    ]);
  });

  it('lets in without a name where accounts are out, or the account is gone', async () => {
    const checkedIn = { outcome: { result: { case: 'checkedIn' as const, value: { ...standing, gate: '' } } } };
    const getUser = () => ({ result: { case: 'refusal' as const, value: { code: 'user-not-found' } } });
    for (const users of [{}, { user: { getUser } }]) {
      const reply = await ask({ ...users, reservation: { checkIn: () => checkedIn } }, 'POST', `${path}/check-ins`, scan);
      expect(reply).toMatchObject({ status: 201, body: { name: null, gate: null } });
      await gateway.stop();
    }
  });

  it('of a ticket that was scanned before is told when and where that was', async () => {
    const conflict = { standing, scannedAt: timestampFromDate(at), gate: 'South' };
    const checkIn = () => ({ outcome: { result: { case: 'conflict' as const, value: conflict } } });
    expect(await ask({ reservation: { checkIn } }, 'POST', `${path}/check-ins`, scan)).toMatchObject({
      status: 409,
      body: { code: 'already-checked-in', checkedInAt: at.toISOString(), gate: 'North' },
    });
  });

  it.each([
    ['ticket-void', 409],
    ['ticket-invalid', 422],
    ['invalid-time', 422],
    ['idempotency-key-reused', 422],
    ['performance-not-found', 404],
  ])('is refused: %s', async (code, status) => {
    const reply = await ask({ reservation: { checkIn: () => refusing(code) } }, 'POST', `${path}/check-ins`, scan);
    expect(reply).toMatchObject({ status, body: { code } });
  });

  it.each<[string, unknown]>([
    ['no ticket', { nonce: 'n-1' }],
    ['two tickets', { ...scan, ticketId }],
    ['no nonce', { qr: 'CODE' }],
    ['an empty nonce', { ...scan, nonce: '' }],
    ['a long nonce', { ...scan, nonce: 'n'.repeat(65) }],
    ['a ticket id that is none', { nonce: 'n-1', ticketId: 'five' }],
    ['a time that is none', { ...scan, at: 'now' }],
    ['an unknown field', { ...scan, force: true }],
  ])('with %s is not taken', async (_what, body) => {
    expect(await ask({}, 'POST', `${path}/check-ins`, body)).toMatchObject({ status: 422, body: { code: 'invalid-request' } });
  });

  it('needs an account, and a performance that can be one', async () => {
    gateway = await startGateway({});
    expect((await fetch(`${gateway.url}${path}/check-ins`, { method: 'POST' })).status).toBe(401);
    await gateway.stop();
    const reply = await ask({}, 'POST', '/api/v1/admin/performances/tonight/check-ins', scan);
    expect(reply).toMatchObject({ status: 404, body: { code: 'performance-not-found' } });
  });
});

describe('scans of a gate that was offline', () => {
  const batch = `${path}/check-ins/batch`;

  it('have an outcome each, in their order, and the first of two is named', async () => {
    const late = (minutes: number) => ({
      result: {
        case: 'conflict' as const,
        value: { standing, scannedAt: timestampFromDate(new Date(at.getTime() + minutes * 60_000)), gate: 'South' },
      },
    });
    const outcomes = [
      { result: { case: 'checkedIn' as const, value: standing } },
      late(5),
      late(-5),
      { result: { case: 'refusal' as const, value: { code: 'ticket-void' } } },
    ];
    const checkInAll = () => ({ result: { case: 'outcomes' as const, value: { outcomes } } });
    const items = [1, 2, 3, 4].map((number) => ({ ticketId, nonce: `n-${number}` }));
    const shown = { ticketId, seat: shownSeat, checkedInAt: at.toISOString(), gate: 'North' };
    expect(await ask({ reservation: { checkInAll } }, 'POST', batch, { items })).toEqual({
      status: 200,
      body: {
        items: [
          { nonce: 'n-1', result: 'checked-in', ...shown },
          { nonce: 'n-2', result: 'already-checked-in', ...shown, first: { at: at.toISOString(), gate: 'North' } },
          { nonce: 'n-3', result: 'already-checked-in', ...shown, first: { at: '2031-05-01T09:55:00.000Z', gate: 'South' } },
          { nonce: 'n-4', result: 'ticket-void' },
        ],
      },
    });
  });

  it('are taken by 500 with the longest code that there is, and not one more', async () => {
    const checkInAll = ({ scans }: { scans: unknown[] }) => ({
      result: {
        case: 'outcomes' as const,
        value: { outcomes: scans.map(() => ({ result: { case: 'refusal' as const, value: { code: 'ticket-invalid' } } })) },
      },
    });
    const items = Array.from({ length: 500 }, (_, number) => ({ qr: 'x'.repeat(900), nonce: `n-${number}` }));
    expect((await ask({ reservation: { checkInAll } }, 'POST', batch, { items })).status).toBe(200);
    await gateway.stop();
    const more = { items: [...items, { qr: 'x', nonce: 'n' }] };
    expect(await ask({}, 'POST', batch, more)).toMatchObject({ status: 422, body: { code: 'invalid-request' } });
    await gateway.stop();
    expect(await ask({}, 'POST', batch, { items: [] })).toMatchObject({ status: 422 });
    await gateway.stop();
    expect(await ask({}, 'POST', batch, { items, padding: 'x'.repeat(600_000) })).toMatchObject({ status: 413 });
    await gateway.stop();
    expect(await ask({}, 'POST', `${path}/check-ins`, { qr: 'x'.repeat(66_000), nonce: 'n' })).toMatchObject({ status: 413 });
  });
});

describe('what a gate asks for', () => {
  it('is a list since a mark', async () => {
    const asked: string[] = [];
    const tickets = [
      { ticketId, seat, void: false, checkedInAt: timestampFromDate(at) },
      { ticketId: ids.room, seat, void: true },
    ];
    const getGateList = ({ since }: { since: string }) => {
      asked.push(since);
      return { result: { case: 'list' as const, value: { tickets, mark: 'm2', more: true } } };
    };
    const reply = await ask({ reservation: { getGateList } }, 'GET', `${path}/gate-list?since=m1`);
    const items = [
      { ticketId, seat: shownSeat, void: false, checkedInAt: at.toISOString() },
      { ticketId: ids.room, seat: shownSeat, void: true },
    ];
    expect(reply).toEqual({ status: 200, body: { items, mark: 'm2', more: true } });
    expect(asked).toEqual(['m1']);
  });

  it('is a count by section, and an end of a check-in', async () => {
    const sections = [{ section: 'Floor', sold: 10, checkedIn: 4 }];
    const getGateSummary = () => ({ result: { case: 'summary' as const, value: { sections } } });
    const reply = await ask({ reservation: { getGateSummary } }, 'GET', `${path}/check-ins/summary`);
    expect(reply).toEqual({ status: 200, body: { items: sections } });
    await gateway.stop();
    const undone = await ask({ reservation: { undoCheckIn: () => ({}) } }, 'DELETE', `${path}/check-ins/${ticketId}`);
    expect(undone).toEqual({ status: 204, body: undefined });
    await gateway.stop();
    const refusal = { code: 'ticket-not-found' };
    const unknown = await ask({ reservation: { undoCheckIn: () => ({ refusal }) } }, 'DELETE', `${path}/check-ins/${ticketId}`);
    expect(unknown).toMatchObject({ status: 404, body: refusal });
  });
});

describe('the accounts at a gate', () => {
  const staff = `${path}/gate-staff/${ids.fan}`;

  it.each([
    ['PUT', staff],
    ['DELETE', staff],
    ['GET', `${path}/gate-staff`],
  ])('are not for fans: %s', async (method, address) => {
    expect(await ask({}, method, address)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
