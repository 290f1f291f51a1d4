import type { User } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { z } from 'zod';
import { toUser, userSchema } from '../accounts/user.ts';
import { isoTime } from '../http/answers.ts';
import { shownInstant } from '../http/fields.ts';

export const managedUserSchema = userSchema
  .extend({ createdAt: shownInstant })
  .meta({ id: 'ManagedUser', description: 'An account as operators see it.' });

export function toManagedUser(user: User): z.output<typeof managedUserSchema> {
  return { ...toUser(user), createdAt: isoTime(user.createdAt) };
}
