import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import { AuthorizeGateResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { createGateAccess, type GateAuthority } from './gate-access.ts';

const [steward, stranger] = [create(ActorSchema, { userId: newId() }), create(ActorSchema, { userId: newId() })];
const performanceId = newId();
const atOnce = { yesMs: 1, yesStaleMs: 0, noMs: 1 };

/** The concert service, as it answers at present. */
function authority() {
  const state = { isOut: false, asked: 0, staff: [steward.userId] };
  const authorizeGate: GateAuthority['authorizeGate'] = ({ actor }) => {
    state.asked += 1;
    if (state.isOut) return Promise.reject(new Error('the concert service is out'));
    const refusal = { code: 'performance-not-found', detail: '' };
    return Promise.resolve(create(AuthorizeGateResponseSchema, state.staff.includes(actor.userId) ? {} : { refusal }));
  };
  return { state, authorizeGate };
}

describe('who works at a gate', () => {
  it('is asked once for many scans, by account, performance and role', async () => {
    const concerts = authority();
    const access = createGateAccess(concerts);
    const scan = (actor: typeof steward, id = performanceId) => access.refusalOf(actor, id);
    expect(await Promise.all(Array.from({ length: 100 }, () => scan(steward)))).toEqual(Array(100).fill(undefined));
    expect(await scan(steward)).toBeUndefined();
    expect(concerts.state.asked).toBe(1);
    expect(await scan(stranger)).toMatchObject({ code: 'performance-not-found' });
    await scan(steward, newId());
    await scan(create(ActorSchema, { userId: steward.userId, operator: true }));
    expect(concerts.state.asked).toBe(4);
  });

  it('is asked again: who is taken from the gate is refused', async () => {
    const concerts = authority();
    const access = createGateAccess(concerts, atOnce);
    expect(await access.refusalOf(steward, performanceId)).toBeUndefined();
    concerts.state.staff = [];
    expect(await pollUntil(() => access.refusalOf(steward, performanceId), 10_000)).toMatchObject({ code: 'performance-not-found' });
  });

  it('goes on while the concert service is away; others wait for it', async () => {
    const concerts = authority();
    const access = createGateAccess(concerts, atOnce);
    await access.refusalOf(steward, performanceId);
    concerts.state.isOut = true;
    const { asked } = concerts.state;
    await pollUntil(async () => {
      expect(await access.refusalOf(steward, performanceId)).toBeUndefined();
      return concerts.state.asked > asked + 3 ? true : undefined;
    }, 10_000);
    await expect(access.refusalOf(stranger, performanceId)).rejects.toThrow('is out');
    concerts.state.isOut = false;
    concerts.state.staff = [];
    expect(await pollUntil(() => access.refusalOf(steward, performanceId), 10_000)).toBeDefined();
    concerts.state.isOut = true;
    await expect(pollUntil(async () => ((await access.refusalOf(steward, performanceId)) ? undefined : true), 10_000)).rejects.toThrow(
      'is out',
    );
  });
});
