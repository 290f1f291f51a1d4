import { expect, it } from '@jest/globals';
import { compareMemory, type MemorySample } from './memory-growth.ts';

const early = { second: 120, withinSeconds: 15 };
const late = { second: 600, withinSeconds: 15 };

function samples(queue: readonly (readonly [second: number, mebibytes: number])[]): MemorySample[] {
  return queue.map(([second, mebibytes]) => ({ second, mebibytes: new Map([['queue-1', mebibytes]]) }));
}

it('compares the least of the looks around each moment', () => {
  const looks = samples([
    [100, 50],
    [110, 240],
    [120, 200],
    [135, 260],
    [300, 10],
    [590, 290],
    [610, 210],
    [620, 20],
  ]);
  const [queue, ...others] = compareMemory(looks, early, late);
  expect(queue).toMatchObject({ name: 'queue-1', early: 200, late: 210, isBounded: true });
  expect(queue?.growth).toBeCloseTo(0.05);
  expect(others).toEqual([]);
});

it('finds more than a tenth too much', () => {
  const looks = (end: number): MemorySample[] =>
    samples([
      [120, 200],
      [600, end],
    ]);
  expect(compareMemory(looks(219), early, late)[0]?.isBounded).toBe(true);
  expect(compareMemory(looks(221), early, late)[0]?.isBounded).toBe(false);
  expect(compareMemory(looks(150), early, late)[0]?.isBounded).toBe(true);
});

it('leaves out what was not there at both moments', () => {
  expect(compareMemory(samples([[120, 200]]), early, late)).toEqual([]);
});
