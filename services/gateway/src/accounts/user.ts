import type { User } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { locales, toLocale } from '@ticketing/contracts/locales';
import { z } from 'zod';
import { shownId } from '../http/fields.ts';
import { type Problem, problem } from '../http/problems.ts';

/** An account right after sign-up. */
export const newUserSchema = z
  .object({ id: shownId, email: z.string().meta({ example: 'fan@example.com' }), name: z.string() })
  .meta({ id: 'NewUser', description: 'An account that was just made.' });

/** The language of mails, and of pages for the person. */
export const localeField = z.enum(locales).meta({ description: 'Language of mails.' });

export const userSchema = newUserSchema
  .extend({
    roles: z.array(z.string()).meta({ description: '`fan`, `organiser`, `operator`.', example: ['fan'] }),
    locale: localeField,
    verified: z.boolean().meta({ description: 'Whether the person has shown that the address is theirs.' }),
  })
  .meta({ id: 'User', description: 'An account.' });

export function toUser({ id, email, name, roles, locale, verified }: User): z.output<typeof userSchema> {
  return { id, email, name, roles, locale: toLocale(locale), verified };
}

/** What a token is worth whose account is not there any more. */
export function orAccountGone(refusal: Problem): Problem {
  return refusal.code === 'user-not-found' ? problem('unauthenticated', { detail: 'The account of this token is gone.' }) : refusal;
}
