import { keySetSchema } from '../accounts/get-signing-keys.ts';
import { anyone } from '../auth/access.ts';
import { defineRoute } from '../http/route.ts';

export const getTicketKeys = defineRoute(
  {
    method: 'get',
    path: '/.well-known/ticket-keys.json',
    operationId: 'getTicketKeys',
    summary: 'The public keys that verify the QR codes of tickets',
    tag: 'Tickets',
    access: anyone,
    input: {},
    responses: { 200: keySetSchema },
    problems: [],
  },
  async ({ ticketKeys }) => ({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300' },
    bytes: Buffer.from(await ticketKeys.document()),
  }),
);
