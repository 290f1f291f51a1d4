import type { Session } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { z } from 'zod';
import { sessionCookie } from '../auth/session-cookie.ts';
import { isoTime } from '../http/answers.ts';
import { shownInstant } from '../http/fields.ts';

const tokenSessionSchema = z
  .object({ accessToken: z.string().meta({ description: 'A JWT.' }), tokenType: z.literal('Bearer'), expiresAt: shownInstant })
  .meta({ id: 'Session', description: 'Send the token as `Authorization: Bearer …`.' });

const browserSessionSchema = z.object({ expiresAt: shownInstant }).meta({
  id: 'BrowserSession',
  description: 'The token is in the cookie `__Host-session`, which is renewed while it is used, for 12 hours at most.',
});

export const sessionSchema = z.union([tokenSessionSchema, browserSessionSchema]);

/** The answer with an access token, which a browser session has in its cookie only. */
export function answerSession(session: Session, asCookie: boolean) {
  const expiresAt = isoTime(session.expiresAt);
  if (!asCookie) return { status: 201 as const, body: { accessToken: session.accessToken, tokenType: 'Bearer' as const, expiresAt } };
  return { status: 201 as const, headers: { 'set-cookie': sessionCookie(session.accessToken, new Date(expiresAt)) }, body: { expiresAt } };
}
