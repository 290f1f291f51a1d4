import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Sidecar } from '@ticketing/common/dapr';
import { problemCode } from '../../client/api-client.ts';
import { paymentShape } from '../../client/shapes.ts';
import { startProcess, stopProcess } from '../../control.ts';
import { profileFolders } from '../../profile.ts';
import { setting } from './api-shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
import { eventually, holdFor, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(async () => {
  await Promise.all(['redis', ...processesOf(1), ...processesOf(2)].map((name) => startProcess('test', name)));
  await shop.close();
}, 120_000);

/** The services that sell, and their sidecars, by the number of their instance. */
function processesOf(index: number): string[] {
  return shop.stack.instances
    .filter((instance) => ['reservation', 'payment'].includes(instance.service) && instance.index === index)
    .flatMap(({ name, sidecar }) => [sidecar, name]);
}

function sidecarOf(name: string): Sidecar {
  const instance = shop.stack.instances.find((candidate) => candidate.name === name);
  if (!instance) throw new Error(`there is no ${name}`);
  return new Sidecar({ httpPort: instance.daprHttpPort, apiToken: shop.stack.daprApiToken });
}

const putSetting = (value: number) => shop.api.send('PUT', '/admin/settings/hold.minutes', { token: shop.operator.token, body: { value } });

describe('without Redis', () => {
  it('instances come up and sell; when it is back, they claim, follow settings and own jobs again', async () => {
    const sale = await openSale(shop, 400);
    const [early, late, last] = [await newVisitor(shop, sale), await newVisitor(shop, sale), await newVisitor(shop, sale)];
    const seatIds = await seatIdsOf(sale, early);
    const buy = async (visitor: typeof early, seatId: string): Promise<void> => {
      const paid = await visitor.pay(await holdFor(visitor, sale, [seatId]));
      expect([paid.status, paymentShape.parse(paid.body).status]).toEqual([201, 'COMPLETED']);
    };
    await stopProcess('test', 'redis', 'SIGKILL');
    for (const name of [...processesOf(1), ...processesOf(2)]) await stopProcess('test', name, 'SIGKILL');
    await Promise.all(processesOf(1).map((name) => startProcess('test', name)));

    await eventually('a seat can be held', async () =>
      (await early.hold(sale.performanceId, early.pass, [seatIds[0]!])).status === 201 ? true : undefined,
    );
    await buy(late, seatIds[1]!);
    expect(problemCode(await last.hold(sale.performanceId, last.pass, [seatIds[1]!]))).toBe('seat-taken');
    expect((await putSetting(5)).status).toBe(503);

    await startProcess('test', 'redis');
    await eventually('settings can be written', async () => ((await putSetting(6)).status === 200 ? true : undefined), 60_000);
    await eventually(
      'jobs are owned',
      async () => {
        const owned = await sidecarOf('reservation-1')
          .tryLock('hold-sweeper', 'a test', 1)
          .catch(() => true);
        return owned ? undefined : true;
      },
      60_000,
    );
    expect(
      await shop.api.call(setting, 'PUT', '/admin/settings/hold.minutes', { token: shop.operator.token, body: { value: 5 } }),
    ).toMatchObject({ value: 5 });
  }, 240_000);

  it('leaves the books clean', () => expectCleanBooks(shop));
});

/** What all sidecars have written; what is no JSON comes from clients in them, such as that of traces. */
function sidecarLines(): string[] {
  const { logs } = profileFolders('test');
  const files = readdirSync(logs).filter((name) => name.endsWith('-dapr.log'));
  return files.flatMap((name) => readFileSync(`${logs}/${name}`, 'utf8').split('\n')).filter((line) => line.startsWith('{'));
}

describe('sidecars', () => {
  it('write nothing when settings are read that are not set', async () => {
    await putSetting(5);
    const before = new Set(sidecarLines());
    for (let time = 0; time < 5; time += 1) expect((await putSetting(5)).status).toBe(200);
    expect(sidecarLines().filter((line) => !before.has(line))).toEqual([]);
  });
});
