import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMemoryStore } from '@ticketing/common/testing/memory-store';
import { createHoldShield } from './hold-shield.ts';

let now: number;
beforeEach(() => {
  now = 1_000_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const log = { warn: () => undefined };
const [nothingHeld, allHeld] = [() => false, () => true];

function claimOf(reservationId: string, seatIds = ['1', '2']) {
  return { reservationId, seatIds };
}

describe('claims of seats', () => {
  it('turn others away, and leave them what they would have had besides', async () => {
    const shield = createHoldShield(createMemoryStore().store, log);
    expect(await shield.claim(claimOf('first'), 300, nothingHeld)).toEqual([]);
    expect(await shield.claim(claimOf('second', ['2', '3']), 300, nothingHeld)).toEqual(['2']);
    expect(await shield.claim(claimOf('third', ['3']), 300, nothingHeld)).toEqual([]);
  });

  it('are void when they are old and MySQL knows of no hold, and the next ones take their place', async () => {
    const shield = createHoldShield(createMemoryStore().store, log);
    await shield.claim(claimOf('first'), 300, nothingHeld);
    now += 15_000;
    expect(await shield.claim(claimOf('second'), 300, allHeld)).toEqual(['1', '2']);
    expect(await shield.claim(claimOf('second'), 300, nothingHeld)).toEqual([]);
    expect(await shield.claim(claimOf('third'), 300, nothingHeld)).toEqual(['1', '2']);
  });

  it.each([1, { reservationId: 'first' }, null])('are void where they say no time: %j', async (value) => {
    const { store } = createMemoryStore();
    const shield = createHoldShield(store, log);
    await store.createState('seat:1', value);
    expect(await shield.claim(claimOf('second'), 300, allHeld)).toEqual([]);
    expect(await shield.claim(claimOf('third'), 300, nothingHeld)).toEqual(['1', '2']);
  });

  it('are void where their clock was far ahead', async () => {
    const shield = createHoldShield(createMemoryStore().store, log);
    await shield.claim(claimOf('first'), 300, nothingHeld);
    now -= 3_600_000;
    expect(await shield.claim(claimOf('second'), 300, nothingHeld)).toEqual([]);
  });

  it('are given up by their owner only', async () => {
    const shield = createHoldShield(createMemoryStore().store, log);
    await shield.claim(claimOf('first'), 300, nothingHeld);
    await shield.release(claimOf('second'));
    expect(await shield.claim(claimOf('third'), 300, nothingHeld)).toEqual(['1', '2']);
    await shield.release(claimOf('first'));
    expect(await shield.claim(claimOf('third'), 300, nothingHeld)).toEqual([]);
  });
});
