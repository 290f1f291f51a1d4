import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import {
  type AuditedChangeSchema,
  AuthorizeRequestSchema,
  UpdateConcertRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { loadConcert } from '../concerts/listed-concert.ts';
import { updateConcert } from '../concerts/update-concert.ts';
import type { Context } from '../context.ts';
import {
  addConcert,
  addPerformance,
  auditOf,
  createTestContext,
  newWord,
  operator,
  organiser,
  rename,
  rival,
} from '../testing/test-catalogue.ts';
import { authorize } from './authorize.ts';

let ctx: Context;
let other: Context;
beforeAll(async () => {
  [ctx, other] = [await createTestContext(), await createTestContext()];
});
afterAll(() => Promise.all([ctx.stop(), other.stop()]));

const newConcert = () => addConcert(ctx, { title: newWord(), artist: newWord() });
const night = '2031-07-01T10:00:00Z';

/** The code of the refusal to change a title, if it is refused. */
async function renameAs(actor: typeof organiser, concertId: string): Promise<string | undefined> {
  const { result } = await rename(ctx, concertId, newWord(), actor);
  return result?.case === 'refusal' ? result.value.code : undefined;
}

/** The code of the refusal to see or change what belongs to a concert, if it is refused. */
async function ask(
  actor: typeof organiser,
  concertId: string,
  change?: MessageInitShape<typeof AuditedChangeSchema>,
  at = ctx,
): Promise<string | undefined> {
  const { refusal } = await authorize(at, create(AuthorizeRequestSchema, { actor, concertId, ...(change && { change }) }));
  return refusal?.code;
}

describe('a concert', () => {
  it('is changed by who published it and by operators; to others it is not there', async () => {
    const id = await newConcert();
    const before = await loadConcert(ctx.db, id);
    expect(await renameAs(rival, id)).toBe('concert-not-found');
    expect(await addPerformance(ctx, id, night, rival)).toBe('concert-not-found');
    expect(await ask(rival, id)).toBe('concert-not-found');
    expect(await ask(rival, id, { action: 'room.update', subject: id, beforeJson: '{}', afterJson: '{}' })).toBe('concert-not-found');
    expect(await loadConcert(ctx.db, id)).toEqual(before);
    expect((await auditOf(ctx, id)).map(({ action }) => action)).toEqual(['concert.create']);
    for (const actor of [organiser, operator]) {
      expect(await renameAs(actor, id)).toBeUndefined();
      expect(await addPerformance(ctx, id, night, actor)).not.toBe('concert-not-found');
      expect(await ask(actor, id)).toBeUndefined();
    }
  });

  it('that nobody owns is for operators', async () => {
    const id = await newConcert();
    await ctx.db.execute('UPDATE concerts SET owner_id = NULL WHERE id = ?', [idToBinary(id)]);
    expect([await renameAs(organiser, id), await ask(organiser, id)]).toEqual(['concert-not-found', 'concert-not-found']);
    expect([await renameAs(operator, id), await ask(operator, id)]).toEqual([undefined, undefined]);
  });

  it('that there is not looks like one of somebody else', async () => {
    expect([await renameAs(organiser, newId()), await renameAs(operator, newId()), await ask(operator, newId())]).toEqual(
      Array.from({ length: 3 }, () => 'concert-not-found'),
    );
  });

  it('is changed by nobody who is not named', async () => {
    const id = await newConcert();
    await expect(updateConcert(ctx, create(UpdateConcertRequestSchema, { concertId: id, title: 'x' }))).rejects.toThrow('no actor');
    await expect(authorize(ctx, create(AuthorizeRequestSchema, { concertId: id }))).rejects.toThrow('no actor');
  });
});

describe('the audit', () => {
  it('has every change of a concert with what was before and after', async () => {
    const title = newWord();
    const id = await addConcert(ctx, { title, artist: newWord(), description: 'the same' });
    await rename(ctx, id, `${title}!`, operator);
    const performanceId = await addPerformance(ctx, id, night);
    expect(await auditOf(ctx, id)).toEqual([
      expect.objectContaining({
        actorId: organiser.userId,
        action: 'concert.create',
        before: null,
        after: expect.objectContaining({ title }),
      }),
      { actorId: operator.userId, action: 'concert.update', before: { title }, after: { title: `${title}!` } },
    ]);
    expect(await auditOf(ctx, performanceId)).toEqual([
      expect.objectContaining({
        ...{ actorId: organiser.userId, action: 'performance.schedule', before: null },
        after: expect.objectContaining({ concertId: id, startsAt: new Date(night).toISOString() }),
      }),
    ]);
  });

  it('has what a service without a database is about to do, once for each key', async () => {
    const id = await newConcert();
    const change = { action: 'room.update', subject: id, beforeJson: '{"paused":false}', afterJson: '{"paused":true}' };
    const keyed = { ...change, idempotencyKey: newId() };
    expect(await Promise.all([ctx, other].map((at) => ask(organiser, id, keyed, at)))).toEqual([undefined, undefined]);
    expect(await ask(organiser, id, keyed)).toBeUndefined();
    expect(await ask(organiser, id, { ...keyed, subject: 'another' })).toBe('idempotency-key-reused');
    expect(await ask(organiser, id, change)).toBeUndefined();
    const entry = { actorId: organiser.userId, action: 'room.update', before: { paused: false }, after: { paused: true } };
    expect((await auditOf(ctx, id)).slice(1)).toEqual([entry, entry]);
  });

  it('takes what is done to the whole shop from operators only', async () => {
    const subject = `setting.${newWord()}`;
    const change = { action: 'setting.put', subject, beforeJson: '{"value":1}', afterJson: '{"value":2}' };
    expect(await ask(organiser, '', change)).toBe('forbidden');
    expect(await ask(operator, '', change)).toBeUndefined();
    expect(await auditOf(ctx, subject)).toEqual([
      { actorId: operator.userId, action: 'setting.put', before: { value: 1 }, after: { value: 2 } },
    ]);
  });
});
