import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { isoTime } from '../http/answers.ts';
import { id, idempotencyKey, shownId, shownInstant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const offerSchema = z
  .object({
    id: shownId,
    link: z.url().meta({ description: 'Whoever has it can take the ticket over. Not shown again.' }),
    expiresAt: shownInstant.meta({ description: 'In a week, or when the performance begins.' }),
  })
  .meta({ id: 'TransferOffer', description: 'A link by which another account takes a ticket over.' });

export const offerTransfer = defineRoute(
  {
    method: 'post',
    path: '/api/v1/tickets/{id}/transfers',
    operationId: 'offerTransfer',
    summary: 'Make a link by which somebody else can take a ticket over',
    description:
      'A ticket has one open link at a time. Once it is accepted, the ticket and its code are void; the order and its money stay with who paid, who can no longer have it refunded.',
    tag: 'Tickets',
    access: signedIn,
    input: { params: z.object({ id }), body: z.strictObject({}).optional(), idempotencyKey },
    responses: { 201: offerSchema },
    problems: ['ticket-not-found', 'ticket-void', 'transfer-open', 'transfer-not-allowed'],
    absent: 'ticket-not-found',
  },
  async ({ config, services }, { params, idempotencyKey: key }, { user }) => {
    const { result } = await services.tickets.offerTransfer({ userId: user.id, ticketId: params.id, idempotencyKey: key });
    if (result.case !== 'offer') return refused(result);
    const { id: transferId, token, expiresAt } = result.value;
    // What is behind # never leaves the browser by itself: not to a server's log, and not as a referrer.
    const link = `${config.PUBLIC_URL}/transfers#${token}`;
    return { status: 201, body: { id: transferId, link, expiresAt: isoTime(expiresAt) } };
  },
);
