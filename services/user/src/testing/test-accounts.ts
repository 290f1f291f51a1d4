import { create } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary, newId } from '@ticketing/common/database';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { LogInRequestSchema, SignUpRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { signUp } from '../accounts/sign-up.ts';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import { type Account, findAccount } from '../db/account.ts';
import { logIn } from '../sessions/log-in.ts';

/** The service's own context on the real parts of the test stack. */
export function createTestContext(): Promise<Context> {
  return createContext(readConfig(testEnvironment('user')));
}

export const password = 'correct horse 배터리 staple';

export function newAddress(): string {
  return `fan-${newId()}@example.com`;
}

/** Signs up as the gateway would: the account's id, or the code of the refusal. */
export async function register(ctx: Context, email: string, chosen = password): Promise<string | { id: string }> {
  const { result } = await signUp(ctx, create(SignUpRequestSchema, { email, password: chosen, name: '김하늘' }));
  if (result?.case === 'user') return { id: result.value.id ?? '' };
  return result?.value?.code ?? '';
}

/** Logs in as the gateway would: the access token, or the whole refusal. */
export async function openSession(ctx: Context, email: string, given: string, clientAddress = newId()) {
  const { result } = await logIn(ctx, create(LogInRequestSchema, { email, password: given, clientAddress }));
  if (result?.case === 'session') return { accessToken: result.value.accessToken ?? '', expiresAt: result.value.expiresAt };
  return { refusal: result?.value };
}

/** Somebody new who has signed up. */
export async function newAccount(ctx: Context): Promise<Account & { userId: string }> {
  const registered = await register(ctx, newAddress());
  if (typeof registered === 'string') throw new Error(`refused: ${registered}`);
  return { ...(await accountOf(ctx, registered.id)), userId: registered.id };
}

/** The account as it is now. */
export async function accountOf({ db }: Pick<Context, 'db'>, userId: string): Promise<Account> {
  const found = await findAccount(db, userId);
  if (!found) throw new Error('there is no such account');
  return found;
}

/** Logs in. @returns the session's id */
export async function newSession(ctx: Context, email: string, given = password): Promise<string> {
  const { accessToken } = await openSession(ctx, email, given);
  return z.object({ sid: z.uuid() }).parse(decodeJwt(accessToken ?? '')).sid;
}

/** The sessions of an account that stand. */
export async function standingSessions({ db }: Pick<Context, 'db'>, userId: string): Promise<string[]> {
  const rows = await db.query<{ id: Buffer }>('SELECT id FROM sessions WHERE account_id = ? AND ended_at IS NULL ORDER BY id', [
    idToBinary(userId),
  ]);
  return rows.map(({ id }) => idFromBinary(id));
}

/** Waits until so many have come; then all go on at once. */
export function meetingOf(count: number): () => Promise<void> {
  let here = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    here += 1;
    if (here >= count) open();
    return opened;
  };
}
