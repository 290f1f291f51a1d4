import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createConnection, type ResultSetHeader } from 'mysql2/promise';
import { startProcess, stopProcess } from '../../control.ts';
import { expectRefusal } from './refusals.ts';
import {
  countSeats,
  eventually,
  holdFor,
  newVisitor,
  openSale,
  openTestShop,
  seatIdsOf,
  sqlId,
  type TestShop,
  walletOf,
} from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

/** Lets payment believe another price, as an event would that somebody forged and that came before the right one. */
async function forgePrice(reservationId: string, amount: number): Promise<void> {
  const { host, port, owners } = shop.stack.database;
  const { database, app } = owners.payment;
  const connection = await createConnection({ host, port, database, ...app });
  const sql = `UPDATE payable_reservations SET amount = ${amount} WHERE reservation_id = ${sqlId(reservationId)}`;
  try {
    await eventually('the hold at payment', async () => {
      const [{ affectedRows }] = await connection.query<ResultSetHeader>(sql);
      return affectedRows === 1 ? true : undefined;
    });
  } finally {
    await connection.end();
  }
}

it('a price that is not that of the hold sells nothing and takes nothing', async () => {
  const sale = await openSale(shop, 4);
  const visitor = await newVisitor(shop, sale, 500_000);
  const reservationId = await holdFor(visitor, sale, await seatIdsOf(sale, visitor));
  // The gateway that gave the hold knows its price; another one does not.
  await stopProcess('test', 'gateway-1');
  await startProcess('test', 'gateway-1');
  for (const wrong of [1, 4 * sale.price - 1, 4 * sale.price + 1]) {
    await forgePrice(reservationId, wrong);
    expectRefusal(await visitor.pay(reservationId), 409, 'amount-mismatch');
    expect(await walletOf(shop, visitor)).toEqual({ balance: 500_000, reserved: 0 });
    expect(await countSeats(shop, sale)).toEqual({ HELD: 4 });
  }
  await forgePrice(reservationId, 4 * sale.price);
  expect(await visitor.pay(reservationId)).toMatchObject({ status: 201, body: { amount: 4 * sale.price } });
});
