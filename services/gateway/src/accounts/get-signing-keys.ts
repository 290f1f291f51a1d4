import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { defineRoute } from '../http/route.ts';

export const keySetSchema = z
  .object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) })
  .meta({ id: 'KeySet', description: 'A JSON Web Key Set (RFC 7517).' });

export const getSigningKeys = defineRoute(
  {
    method: 'get',
    path: '/.well-known/jwks.json',
    operationId: 'getSigningKeys',
    summary: 'The public keys that verify access tokens',
    tag: 'Accounts',
    access: anyone,
    input: {},
    responses: { 200: keySetSchema },
    problems: [],
  },
  async ({ userKeys }) => ({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300' },
    bytes: Buffer.from(await userKeys.document()),
  }),
);
