import { expect, it } from '@jest/globals';
import { eventDelays } from './event-delays.ts';

const steps = [
  { serving: 1, at: 100 },
  { serving: 3, at: 200 },
  { serving: 7, at: 300 },
];

it('takes the first event that tells a step', () => {
  const told = [
    { serving: 0, at: 50 },
    { serving: 1, at: 110 },
    { serving: 3, at: 230 },
    { serving: 7, at: 390 },
    { serving: 7, at: 500 },
  ];
  expect(eventDelays(steps, told)).toEqual([10, 30, 90]);
});

it('counts steps that one event tells together from when each of them was made', () => {
  expect(eventDelays(steps, [{ serving: 7, at: 320 }])).toEqual([220, 120, 20]);
});

it('knows steps that were never told', () => {
  expect(eventDelays(steps, [{ serving: 3, at: 210 }])).toEqual([110, 10, undefined]);
  expect(eventDelays(steps, [])).toEqual([undefined, undefined, undefined]);
});

it('takes an event that came before its step was seen for one that came at once', () => {
  expect(eventDelays(steps, [{ serving: 7, at: 90 }])).toEqual([0, 0, 0]);
});
