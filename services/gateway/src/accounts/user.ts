import { z } from 'zod';
import { shownId } from '../http/fields.ts';

/** An account right after sign-up. */
export const newUserSchema = z
  .object({ id: shownId, email: z.string().meta({ example: 'fan@example.com' }), name: z.string() })
  .meta({ id: 'NewUser', description: 'An account that was just made.' });

export const userSchema = newUserSchema
  .extend({ roles: z.array(z.string()).meta({ description: '`fan`, `organiser`, `operator`.', example: ['fan'] }) })
  .meta({ id: 'User', description: 'An account.' });
