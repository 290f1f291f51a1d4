import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, it } from '@jest/globals';
import { z } from 'zod';
import { startProcess, stopProcess } from '../../control.ts';
import { readRecord } from '../../process-record.ts';
import type { InstanceDescription } from '../../stack-description.ts';
import { newConcert } from './test-room.ts';
import { eventually, openTestShop, sqlId, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(async () => {
  const stopped = [...instancesOf('queue'), ...instancesOf('reservation')];
  await Promise.all(stopped.flatMap(({ name, sidecar }) => [startProcess('test', name), startProcess('test', sidecar)]));
  await shop.close();
}, 120_000);

type Consumer = 'queue' | 'reservation';

function instancesOf(service: Consumer): InstanceDescription[] {
  return shop.stack.instances.filter((instance) => instance.service === service);
}

interface Announced {
  concertId: string;
  performanceId: string;
}

/** Publishes a concert with a performance, which both services hear of by events. */
async function announce(): Promise<Announced> {
  const { token } = shop.operator;
  const concertId = await newConcert(shop, token, Date.now() - 60_000);
  const body = {
    startsAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
    sections: [{ name: 'Floor', rows: 1, seatsPerRow: 2, price: 10_000 }],
  };
  const { id } = await shop.api.call(z.object({ id: z.string() }), 'POST', `/admin/concerts/${concertId}/performances`, { token, body });
  return { concertId, performanceId: id };
}

const hasHeard: Record<Consumer, (announced: Announced) => Promise<boolean>> = {
  queue: async ({ concertId }) => (await shop.api.send('GET', `/queue/rooms/${concertId}`)).status === 200,
  reservation: async ({ performanceId }) => {
    const rows = await shop.books.reservation.rows(`SELECT 1 FROM seats WHERE performance_id = ${sqlId(performanceId)}`);
    return rows.length > 0;
  },
};

/** How often the sidecar has noticed that its service is out. */
function outagesSeenBy(sidecar: string): number {
  const { log } = readRecord('test', sidecar) ?? {};
  return log === undefined ? 0 : readFileSync(log, 'utf8').split('un-healthy').length - 1;
}

it.each<Consumer>(['queue', 'reservation'])(
  'the only consumer of %s, killed in the middle of events, gets those and all later ones',
  async (service) => {
    const [consumer, ...others] = instancesOf(service);
    if (!consumer) throw new Error(`no instance of ${service}`);
    for (const { name, sidecar } of others) {
      await stopProcess('test', name);
      await stopProcess('test', sidecar);
    }
    for (let round = 1; round <= 3; round += 1) {
      const seenBefore = outagesSeenBy(consumer.sidecar);
      await stopProcess('test', consumer.name, 'SIGKILL');
      const meanwhile = await Promise.all(Array.from({ length: 12 }, announce));
      await eventually('the sidecar knows of it', () => Promise.resolve(outagesSeenBy(consumer.sidecar) > seenBefore || undefined));
      await startProcess('test', consumer.name);
      const all = [...meanwhile, await announce()];
      await eventually(`${consumer.name} hears of all, round ${round}`, async () => {
        const heard = await Promise.all(all.map(hasHeard[service]));
        return heard.every(Boolean) || undefined;
      });
    }
  },
  240_000,
);
