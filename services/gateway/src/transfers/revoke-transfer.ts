import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const revokeTransfer = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/tickets/{id}/transfers/{transferId}',
    operationId: 'revokeTransfer',
    summary: 'End a link that nobody has accepted',
    tag: 'Tickets',
    access: signedIn,
    input: { params: z.object({ id, transferId: id }) },
    responses: { 204: null },
    problems: ['transfer-not-found', 'transfer-gone'],
    absent: 'transfer-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { refusal } = await services.tickets.revokeTransfer({
      userId: user.id,
      ticketId: params.id,
      transferId: params.transferId,
    });
    if (refusal) return refused({ case: 'refusal', value: refusal });
    return { status: 204 };
  },
);
