import { z } from 'zod';

/** Path parameter with a token that was sent to an address. */
export const proofToken = z.object({
  token: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .meta({ description: 'From the mail.' }),
});
