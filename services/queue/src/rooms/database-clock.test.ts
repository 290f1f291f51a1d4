import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { isOpen } from '@ticketing/contracts/room-times';
import { createDatabaseClock } from './database-clock.ts';
import { newRoom } from './room.ts';

const log = createLogger({ service: 'queue', instance: 'test', level: 'silent' });
const opensAt = 1_000_000;

/** An instance whose clock is off, beside a database that is not. */
function instanceOff(byMs: number) {
  const world = { time: 0, down: false, answerTakesMs: 20 };
  const ask = () => {
    if (world.down) return Promise.reject(new Error('down'));
    world.time += world.answerTakesMs / 2;
    const told = world.time;
    world.time += world.answerTakesMs / 2;
    return Promise.resolve(told);
  };
  return { world, clock: createDatabaseClock({ ask, log, own: () => world.time + byMs }) };
}

describe.each([60_000, -60_000])('an instance whose clock is off by %s ms', (byMs) => {
  it('opens a room when the others do', async () => {
    const { world, clock } = instanceOff(byMs);
    await clock.follow();
    const room = newRoom('concert', opensAt);
    world.time = opensAt - 1;
    expect(isOpen(room, clock.now())).toBe(false);
    world.time = opensAt;
    expect(isOpen(room, clock.now())).toBe(true);
  });

  it('goes by what it measured last while there is no answer, or only a slow one', async () => {
    const { world, clock } = instanceOff(byMs);
    await clock.follow();
    world.down = true;
    await expect(clock.follow()).rejects.toThrow('down');
    expect(clock.now()).toBe(world.time);
    Object.assign(world, { down: false, answerTakesMs: 3_000 });
    await clock.follow();
    expect(clock.now()).toBe(world.time);
  });

  it('has its own time before the first answer', () => {
    const { world, clock } = instanceOff(byMs);
    expect(clock.now()).toBe(world.time + byMs);
  });
});
