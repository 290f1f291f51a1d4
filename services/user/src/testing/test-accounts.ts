import { create } from '@bufbuild/protobuf';
import { newId } from '@ticketing/common/database';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { LogInRequestSchema, SignUpRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { signUp } from '../accounts/sign-up.ts';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
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
