import { z } from 'zod';

export const userEvents = {
  'user.registered': z.object({ userId: z.uuid() }).describe('An account was made. Personal data stays in the user service.'),
  'user.deleted': z.object({ userId: z.uuid() }).describe('An account was deleted, and with it all that says who it was.'),
} as const;
