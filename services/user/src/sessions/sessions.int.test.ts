import { create } from '@bufbuild/protobuf';
import { TimestampSchema, timestampDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { removeOld } from '@ticketing/common/retention';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import {
  ChangePasswordRequestSchema,
  EndSessionRequestSchema,
  ListEndedSessionsRequestSchema,
  RefreshSessionRequestSchema,
} from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { decodeJwt } from 'jose';
import { changePassword } from '../accounts/change-password.ts';
import type { Context } from '../context.ts';
import { retentionRules } from '../retention-rules.ts';
import { createTestContext, newAccount, newSession, openSession, password, standingSessions } from '../testing/test-accounts.ts';
import { endSession } from './end-session.ts';
import { listEndedSessions } from './list-ended-sessions.ts';
import { refreshSession } from './refresh-session.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

async function refresh(userId: string, sessionId: string) {
  const { result } = await refreshSession(ctx, create(RefreshSessionRequestSchema, { userId, sessionId }));
  if (result?.case !== 'session') return { refused: result?.value?.code };
  const { accessToken = '', expiresAt } = result.value;
  return { claims: decodeJwt(accessToken), expiresAt: timestampDate(create(TimestampSchema, expiresAt)) };
}

const end = (userId: string, sessionId: string) => endSession(ctx, create(EndSessionRequestSchema, { userId, sessionId }));

/** All that is listed behind a mark, page by page. */
async function listFrom(mark: string, pageSize?: number) {
  const ids: string[] = [];
  let pages = 0;
  for (let next = mark; ; pages += 1) {
    const page = await listEndedSessions(ctx, create(ListEndedSessionsRequestSchema, { mark: next }), pageSize);
    ids.push(...(page.sessionIds ?? []));
    next = page.mark ?? '';
    if (!page.hasMore) return { ids, mark: next, pages: pages + 1 };
  }
}

describe('a session', () => {
  it('begins with each log-in, and its tokens name it', async () => {
    const { email, userId } = await newAccount(ctx);
    const sessions = [await newSession(ctx, email), await newSession(ctx, email)];
    expect(await standingSessions(ctx, userId)).toEqual(sessions.toSorted());
    expect((await refresh(userId, sessions[0]!)).claims).toMatchObject({ sub: userId, sid: sessions[0], roles: ['fan'], verified: false });
    expect((await openSession(ctx, email, 'another password')).refusal).toBeDefined();
    expect(await standingSessions(ctx, userId)).toHaveLength(2);
  });

  it('gives tokens with what the account is now', async () => {
    const { email, userId, id } = await newAccount(ctx);
    const session = await newSession(ctx, email);
    await ctx.db.execute("UPDATE accounts SET roles = 'fan,organiser', verified_at = UTC_TIMESTAMP(3) WHERE id = ?", [id]);
    expect((await refresh(userId, session)).claims).toMatchObject({ roles: ['fan', 'organiser'], verified: true });
  });

  it('gives no token that outlives it, and none after 12 hours', async () => {
    const { email, userId } = await newAccount(ctx);
    const session = await newSession(ctx, email);
    const [row] = await ctx.db.query<{ hours: number }>(
      'SELECT TIMESTAMPDIFF(HOUR, created_at, ends_at) AS hours FROM sessions WHERE id = ?',
      [idToBinary(session)],
    );
    expect(row?.hours).toBe(12);
    await ctx.db.execute('UPDATE sessions SET ends_at = UTC_TIMESTAMP(3) + INTERVAL 5 MINUTE WHERE id = ?', [idToBinary(session)]);
    const [short] = await ctx.db.query<{ ends_at: Date }>('SELECT ends_at FROM sessions WHERE id = ?', [idToBinary(session)]);
    expect((await refresh(userId, session)).expiresAt).toEqual(short?.ends_at);
    await ctx.db.execute('UPDATE sessions SET ends_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE id = ?', [idToBinary(session)]);
    expect(await refresh(userId, session)).toEqual({ refused: 'session-ended' });
  });

  it('that has ended, is another one’s or never was gives no token', async () => {
    const [one, other] = [await newAccount(ctx), await newAccount(ctx)];
    const session = await newSession(ctx, one.email);
    expect(await refresh(other.userId, session)).toEqual({ refused: 'session-ended' });
    expect(await refresh(one.userId, newId())).toEqual({ refused: 'session-ended' });
    await end(other.userId, session);
    expect((await refresh(one.userId, session)).claims).toBeDefined();
    await end(one.userId, session);
    await end(one.userId, session);
    expect(await refresh(one.userId, session)).toEqual({ refused: 'session-ended' });
  });

  it('goes when it is long over, and not before', async () => {
    const { email, userId } = await newAccount(ctx);
    const [old, young] = [await newSession(ctx, email), await newSession(ctx, email)];
    await ctx.db.execute('UPDATE sessions SET ends_at = UTC_TIMESTAMP(3) - INTERVAL 25 HOUR WHERE id = ?', [idToBinary(old)]);
    await ctx.db.execute('UPDATE sessions SET ends_at = UTC_TIMESTAMP(3) - INTERVAL 23 HOUR WHERE id = ?', [idToBinary(young)]);
    await removeOld(ctx.db, ctx.config, retentionRules);
    expect(await standingSessions(ctx, userId)).toEqual([young]);
  });
});

describe('a log-in beside a change of the password', () => {
  /** Logs in with the old password, which is changed after it was found right and before the session is written. */
  async function logInMeanwhile(lock: string) {
    const { email, userId } = await newAccount(ctx);
    const change = create(ChangePasswordRequestSchema, { userId, current: password, next: 'a quite new password', clientAddress: newId() });
    let changed: Promise<unknown> | undefined;
    const paused = withPause(ctx.db, 'INSERT INTO sessions', async () => {
      changed = changePassword(ctx, change);
      // With the lock it waits for the log-in; without, it is done before the session is there.
      if (lock === '') await changed;
    });
    const db = withoutGuard(paused, 'deleted_at IS NULL FOR UPDATE', `deleted_at IS NULL ${lock}`);
    await openSession({ ...ctx, db }, email, password);
    await changed;
    return standingSessions(ctx, userId);
  }

  it('leaves no session behind that knew the old one only', async () => {
    expect(await logInMeanwhile('FOR UPDATE')).toEqual([]);
  });

  it('would leave one without the lock', async () => {
    expect(await logInMeanwhile('')).toHaveLength(1);
  });
});

describe('the list of ended sessions', () => {
  it('has those that have ended since a mark, in pages', async () => {
    const { email, userId } = await newAccount(ctx);
    const sessions = [await newSession(ctx, email), await newSession(ctx, email), await newSession(ctx, email)];
    const before = await listFrom('');
    expect(before.ids).not.toEqual(expect.arrayContaining([sessions[0]]));
    for (const session of sessions) await end(userId, session);
    const { ids, pages } = await listFrom(before.mark, 1);
    expect(ids).toEqual(expect.arrayContaining(sessions));
    expect(new Set(ids).size).toBe(ids.length);
    expect(pages).toBeGreaterThan(3);
  });

  it('has a session again whose end may have been committed late', async () => {
    const { email, userId } = await newAccount(ctx);
    const session = await newSession(ctx, email);
    const { mark } = await listFrom('');
    await end(userId, session);
    await ctx.db.execute('UPDATE sessions SET ended_at = UTC_TIMESTAMP(3) - INTERVAL 30 SECOND WHERE id = ?', [idToBinary(session)]);
    expect((await listFrom(mark)).ids).toContain(session);
  });

  it('has none whose tokens have all ended', async () => {
    const { email, userId } = await newAccount(ctx);
    const session = await newSession(ctx, email);
    await end(userId, session);
    const { keepSeconds = 0 } = await listEndedSessions(ctx, create(ListEndedSessionsRequestSchema, {}));
    expect(keepSeconds).toBeGreaterThan(ctx.config.ACCESS_TOKEN_SECONDS);
    const age = (seconds: number) =>
      ctx.db.execute('UPDATE sessions SET ended_at = UTC_TIMESTAMP(3) - INTERVAL ? SECOND WHERE id = ?', [seconds, idToBinary(session)]);
    await age(ctx.config.ACCESS_TOKEN_SECONDS + 60);
    expect((await listFrom('')).ids).toContain(session);
    await age(keepSeconds + 5);
    expect((await listFrom('')).ids).not.toContain(session);
  });
});
