import { type Damage, dashed, madeUp } from './broken-books.ts';

const somebody = madeUp('somebody to whom nothing was passed on');

export const ticketDamages: Damage[] = [
  {
    invariant: 2,
    what: 'somebody has a ticket that was passed on to another',
    statements: ({ passedOn }) => [['reservation', `UPDATE tickets SET user_id = x'${somebody}' WHERE id = x'${passedOn.ticket}'`]],
    row: ({ passedOn }) => ({ ticket: passedOn.ticket, person: somebody, transfer: null }),
  },
  {
    invariant: 2,
    what: 'a ticket was passed on by a link that nobody has accepted',
    statements: ({ passedOn }) => [
      ['reservation', `UPDATE ticket_transfers SET accepted_at = NULL, open_ticket_id = ticket_id WHERE id = x'${passedOn.transfer}'`],
    ],
    row: ({ passedOn }) => ({ ticket: passedOn.ticket, transfer: passedOn.transfer }),
  },
  {
    invariant: 2,
    what: 'a link is accepted and revoked',
    statements: ({ passedOn }) => [
      ['reservation', `UPDATE ticket_transfers SET revoked_at = UTC_TIMESTAMP(3) WHERE id = x'${passedOn.transfer}'`],
    ],
    row: ({ passedOn }) => ({ transfer: passedOn.transfer, new_ticket: passedOn.ticket }),
  },
  {
    invariant: 2,
    what: 'a link was accepted and the ticket stayed where it was',
    statements: ({ passedOn }) => [
      ['reservation', `UPDATE tickets SET transferred_from = NULL, user_id = x'${somebody}' WHERE id = x'${passedOn.ticket}'`],
    ],
    row: ({ passedOn }) => ({ transfer: passedOn.transfer, new_ticket: passedOn.ticket }),
  },
  {
    invariant: 10,
    what: 'nobody was told that a ticket was passed on',
    statements: ({ passedOn }) => [
      ['reservation', `DELETE FROM outbox_events WHERE type = 'ticket.transferred' AND aggregate_id = '${dashed(passedOn.reservation)}'`],
    ],
    row: ({ passedOn }) => ({ transfer: passedOn.transfer, missing: 'event ticket.transferred' }),
  },
];
