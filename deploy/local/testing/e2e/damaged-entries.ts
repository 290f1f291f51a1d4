import { type Damage, madeUp } from './broken-books.ts';

const other = madeUp('another one');

const inCheckIns = (...statements: string[]): ['reservation', string][] => statements.map((sql) => ['reservation', sql]);

export const entryDamages: Damage[] = [
  {
    invariant: 15,
    what: 'somebody was let in twice with one ticket',
    statements: ({ scans }) => inCheckIns(`UPDATE check_ins SET outcome = 'CHECKED_IN', lost_to = NULL WHERE id = x'${scans.late}'`),
    row: ({ sold }) => ({ ticket: sold.ticket, times_in: 2 }),
  },
  {
    invariant: 15,
    what: 'a check-in stands that was taken back',
    statements: ({ scans }) => inCheckIns(`UPDATE check_ins SET undone_at = UTC_TIMESTAMP(3) WHERE id = x'${scans.standing}'`),
    row: ({ scans, sold }) => ({ check_in: scans.standing, stands_for: sold.ticket }),
  },
  {
    invariant: 15,
    what: 'somebody was let in with a ticket that there is not',
    statements: ({ scans }) => inCheckIns(`UPDATE check_ins SET ticket_id = x'${other}' WHERE id = x'${scans.undone}'`),
    row: ({ scans }) => ({ check_in: scans.undone, unknown_ticket: other }),
  },
  {
    invariant: 15,
    what: 'somebody was let in with a ticket that was void',
    statements: ({ scans }) =>
      inCheckIns(`UPDATE check_ins SET outcome = 'CHECKED_IN', recorded_at = recorded_at + INTERVAL 1 SECOND WHERE id = x'${scans.void}'`),
    row: ({ scans, refunded }) => ({ check_in: scans.void, void_ticket: refunded.ticket }),
  },
  {
    invariant: 15,
    what: 'a good ticket was refused',
    statements: ({ scans }) => inCheckIns(`UPDATE check_ins SET outcome = 'VOID' WHERE id = x'${scans.standing}'`),
    row: ({ scans, sold }) => ({ scan: scans.standing, refused_good_ticket: sold.ticket }),
  },
  {
    invariant: 15,
    what: 'a scan was too late for nothing',
    statements: ({ scans }) => inCheckIns(`UPDATE check_ins SET lost_to = NULL WHERE id = x'${scans.late}'`),
    row: ({ scans, sold }) => ({ late_scan: scans.late, ticket: sold.ticket, came_after: null }),
  },
  {
    invariant: 10,
    what: 'nobody was told ticket.checked-in',
    statements: ({ scans }) => inCheckIns(untold('ticket.checked-in', scans.standing)),
    row: ({ scans }) => ({ check_in: scans.standing, missing: 'event ticket.checked-in' }),
  },
  {
    invariant: 10,
    what: 'nobody was told ticket.check-in-undone',
    statements: ({ scans }) => inCheckIns(untold('ticket.check-in-undone', scans.undone)),
    row: ({ scans }) => ({ check_in: scans.undone, missing: 'event ticket.check-in-undone' }),
  },
];

function untold(type: string, id: string): string {
  return `DELETE FROM outbox_events WHERE type = '${type}' AND REPLACE(JSON_UNQUOTE(JSON_EXTRACT(data, '$.checkInId')), '-', '') = '${id}'`;
}
