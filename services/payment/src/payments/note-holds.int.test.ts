import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { once } from '@ticketing/common/inbox';
import { receiveEvents } from '@ticketing/common/receive-events';
import { type ServedApp, serveApp } from '@ticketing/common/testing/serve-app';
import type { EventData } from '@ticketing/contracts/events';
import express from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { createTestContext } from '../testing/test-payments.ts';
import { noteHolds } from './note-holds.ts';

let ctx: Context;
const letters: unknown[] = [];
/** Two instances of the service, as far as they take events. */
const instances: ServedApp[] = [];
beforeAll(async () => {
  ({ ctx } = await createTestContext());
  const sidecar = {
    publish: (_topic: string, entries: unknown[]) => {
      letters.push(...entries);
      return Promise.resolve(new Set<string>());
    },
  };
  for (let instance = 1; instance <= 2; instance += 1) {
    const app = express();
    const consumer = { service: 'test', sidecar, log: ctx.log, ready: ctx.db.check };
    instances.push(await serveApp(app.use(receiveEvents([once(ctx.db, 'reservation.held', noteHolds)], consumer))));
  }
});
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.close()));
  await ctx.stop();
});

function newHolds(count: number): { id: string; type: string; data: EventData<'reservation.held'> }[] {
  return Array.from({ length: count }, () => ({
    id: newId(),
    type: 'reservation.held',
    data: {
      ...{ reservationId: newId(), performanceId: newId(), concertId: newId(), userId: newId(), seatIds: [newId()] },
      ...{ amount: 50_000, expiresAt: '2030-01-01T00:00:00.000Z' },
    },
  }));
}

const answer = z.object({ statuses: z.array(z.object({ entryId: z.string(), status: z.string() })) });

/** Delivers events in a group, as the sidecar does: which of them are to be delivered again, by their place. */
async function deliver(events: { id: string }[], instance = instances[0]!): Promise<number[]> {
  const entries = events.map((event, index) => ({ entryId: String(index), event, metadata: { __key: event.id } }));
  const reply = await fetch(`http://127.0.0.1:${instance.port}/events/reservations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: newId(), type: 'com.dapr.event.sent.bulk', entries }),
  });
  const { statuses } = answer.parse(await reply.json());
  expect(statuses.map(({ entryId }) => entryId)).toEqual(entries.map(({ entryId }) => entryId));
  return statuses.flatMap(({ status }, index) => (status === 'SUCCESS' ? [] : [index]));
}

async function countKnown(holds: { data: { reservationId: string } }[]): Promise<number> {
  const [row] = await ctx.db.query<{ n: number }>('SELECT COUNT(*) AS n FROM payable_reservations WHERE reservation_id IN (?)', [
    holds.map(({ data }) => idToBinary(data.reservationId)),
  ]);
  return row?.n ?? 0;
}

describe('holds that are delivered in groups', () => {
  it('are noted once each, delivered twice and at two instances at once', async () => {
    const holds = newHolds(50);
    const deliveries = [holds, holds.toReversed(), holds.slice(20), holds.slice(0, 30)];
    const again = await Promise.all(deliveries.map((events, index) => deliver(events, instances[index % 2])));
    expect(again).toEqual([[], [], [], []]);
    expect(await countKnown(holds)).toBe(50);
    expect(await deliver([...holds, ...newHolds(1)])).toEqual([]);
  });

  it('are noted but for one that can not be, which goes to the dead letters after its tries', async () => {
    const holds = newHolds(50);
    // Another event about a reservation that is known: its row is there already.
    const bad = { ...newHolds(1)[0]!, data: holds[0]!.data };
    expect(await deliver([...holds.slice(0, 25), bad, ...holds.slice(25)])).toEqual([25]);
    expect(await countKnown(holds)).toBe(50);
    for (let times = 2; times <= 4; times += 1) expect(await deliver([bad])).toEqual([0]);
    expect(await deliver([bad])).toEqual([]);
    expect(letters).toMatchObject([{ key: bad.id, data: { topic: 'reservations', attempts: 5, event: { id: bad.id } } }]);
    const [inbox] = await ctx.db.query<{ n: number }>('SELECT COUNT(*) AS n FROM inbox_events WHERE event_id = ?', [idToBinary(bad.id)]);
    expect(inbox?.n).toBe(0);
  });
});
