import { expect, it } from '@jest/globals';
import type { Task } from './closed-loop.ts';
import { measureLoad, medianRow, perItem, type Row } from './measure-load.ts';

const row = (figure: number, unexpected: [string, number][] = []): Row => ({
  ...{ perSecond: figure, ratio: figure / 10, p50: figure, p95: figure * 2 },
  cpuMs: new Map([['gateway', figure]]),
  unexpected: new Map(unexpected),
});

it('takes the median of each figure and adds up what was unexpected', () => {
  expect(medianRow([row(30, [['503', 1]]), row(10), row(20, [['503', 2]])])).toEqual(row(20, [['503', 3]]));
});

it('counts a process that used nothing in one of the rounds', () => {
  const late: Row = { ...row(20), cpuMs: new Map([['redis', 5]]) };
  expect(medianRow([row(20), late, late]).cpuMs).toEqual(
    new Map([
      ['gateway', 0],
      ['redis', 5],
    ]),
  );
});

it('divides what a group cost among its items', () => {
  expect(perItem({ ...row(20) }, 4)).toMatchObject({ perSecond: 80, cpuMs: new Map([['gateway', 5]]) });
});

it('counts only what went well, until it has settled, and names what did not', async () => {
  const good: Task = () => Promise.resolve(undefined);
  const bad: Task = () => Promise.resolve('503');
  let used = 0;
  const measured = await measureLoad(
    [good, bad, good, bad].values(),
    { url: 'http://127.0.0.1:9', connections: 2, seconds: 60, most: Infinity, signal: new AbortController().signal },
    {
      cpu: () => new Map([['gateway', used]]),
      settle: () => {
        used = 1;
        return Promise.resolve();
      },
    },
  );
  expect(measured.cpuMs).toEqual(new Map([['gateway', 500]]));
  expect(measured.unexpected).toEqual(new Map([['503', 2]]));
});
