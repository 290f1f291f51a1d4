import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { GetLivePassesResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { createLivePasses } from './live-passes.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });
const pass = { id: 'a-pass', userId: 'user', concertId: 'concert', epoch: 'first', place: 7, signedAt: 0 };

function queueOf(places: number[]) {
  const source = { places, epoch: 'first', down: false, lost: false, calls: 0, now: 1_000_000 };
  const isLive = createLivePasses({
    log,
    now: () => source.now,
    queue: {
      getLivePasses: () => {
        source.calls += 1;
        if (source.down) return Promise.reject(new Error('down'));
        const passes = { positions: source.places, asOf: timestampFromMs(source.now - 1_000), epoch: source.epoch };
        const result = source.lost
          ? { case: 'refusal' as const, value: { code: 'waiting-room-lost' } }
          : { case: 'passes' as const, value: passes };
        return Promise.resolve(create(GetLivePassesResponseSchema, { result }));
      },
    },
  });
  return { source, isLive };
}

describe('live passes', () => {
  it('are those that the queue service lists', async () => {
    const { isLive } = queueOf([7]);
    expect(await isLive(pass)).toBe(true);
    expect(await isLive({ ...pass, place: 8 })).toBe(false);
  });

  it('cost one question a second, whatever the number of requests', async () => {
    const { source, isLive } = queueOf([7]);
    await Promise.all(Array.from({ length: 50 }, () => isLive(pass)));
    expect(source.calls).toBe(1);
    source.now += 1_000;
    await Promise.all(Array.from({ length: 50 }, () => isLive(pass)));
    expect(source.calls).toBe(2);
  });

  it('end when the list says so, without a request that waits for it', async () => {
    const { source, isLive } = queueOf([7]);
    expect(await isLive(pass)).toBe(true);
    source.places = [];
    source.now += 1_000;
    expect(await isLive(pass)).toBe(true);
    expect(await isLive(pass)).toBe(false);
  });

  it('of a restarted room are not those of the room before', async () => {
    const { source, isLive } = queueOf([7]);
    source.epoch = 'second';
    expect(await isLive(pass)).toBe(false);
    expect(await isLive({ ...pass, epoch: 'second' })).toBe(true);
  });

  it('may be too new for the list', async () => {
    const { source, isLive } = queueOf([]);
    expect(await isLive({ ...pass, signedAt: source.now - 2_000 })).toBe(true);
    expect(await isLive({ ...pass, signedAt: source.now - 5_000 })).toBe(false);
  });

  it('are decided by their signature alone while the list can’t be had, or the room was lost', async () => {
    const { source, isLive } = queueOf([]);
    source.down = true;
    expect(await isLive(pass)).toBe(true);
    source.down = false;
    source.lost = true;
    expect(await isLive(pass)).toBe(true);
  });
});
