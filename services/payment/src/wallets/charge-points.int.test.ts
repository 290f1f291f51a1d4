import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { ChargePointsRequestSchema, ListLedgerRequestSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { balanceOf, createTestContext, ledgerOf } from '../testing/test-payments.ts';
import { chargePoints } from './charge-points.ts';
import { listLedger } from './list-ledger.ts';

let ctx: Context;
beforeAll(async () => {
  ({ ctx } = await createTestContext());
});
afterAll(() => ctx.stop());

async function charge(userId: string, amount: number, idempotencyKey: string = randomUUID()): Promise<string> {
  const { result } = await chargePoints(ctx, create(ChargePointsRequestSchema, { userId, amount: BigInt(amount), idempotencyKey }));
  return (result?.case === 'charge' ? result.value.id : result?.value?.code) ?? '';
}

describe('chargePoints', () => {
  it('charges once per key, however often and concurrently it is sent', async () => {
    const [userId, key] = [newId(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 10 }, () => charge(userId, 1_000, key)));
    expect(new Set(answers).size).toBe(1);
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 1_000, reserved: 0 });
    expect(await charge(userId, 2_000, key)).toBe('idempotency-key-reused');
  });

  it('loses none of many concurrent charges', async () => {
    const userId = newId();
    await Promise.all(Array.from({ length: 20 }, () => charge(userId, 1_000)));
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 20_000, reserved: 0 });
    expect(await ledgerOf(ctx, userId)).toEqual({ entries: 40, sum: 0 });
  });

  it('keeps a wallet below its limit', async () => {
    const userId = newId();
    await charge(userId, 1);
    await ctx.db.execute('UPDATE wallets SET balance = ? WHERE user_id = ?', [1_000_000_000_000, idToBinary(userId)]);
    expect(await charge(userId, 1)).toBe('balance-limit-reached');
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 1_000_000_000_000, reserved: 0 });
    // The books are put right again, so that the witness finds them so.
    await ctx.db.execute('UPDATE wallets SET balance = 1 WHERE user_id = ?', [idToBinary(userId)]);
  });
});

describe('listLedger', () => {
  it('pages through all entries, newest first, each once', async () => {
    const userId = newId();
    for (let amount = 1; amount <= 5; amount += 1) await charge(userId, amount);
    const amounts: number[] = [];
    let cursor = '';
    do {
      const { result } = await listLedger(ctx, create(ListLedgerRequestSchema, { userId, limit: 2, cursor }));
      if (result?.case !== 'page') throw new Error('no page');
      amounts.push(...(result.value.items ?? []).map((item) => Number(item.amount)));
      cursor = result.value.nextCursor ?? '';
    } while (cursor !== '');
    expect(amounts).toEqual([5, 4, 3, 2, 1]);
  });

  it('refuses a cursor that is not one of ours', async () => {
    const { result } = await listLedger(ctx, create(ListLedgerRequestSchema, { userId: newId(), limit: 2, cursor: "x' OR 1=1" }));
    expect(result?.case).toBe('refusal');
  });
});
