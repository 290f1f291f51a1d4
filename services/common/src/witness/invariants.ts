import type { Check, Row, WitnessSources } from './check.ts';
import { committedIsPublished, projectionsConverge } from './event-checks.ts';
import { everyWon, oneEffect, sagasEnd } from './money-checks.ts';
import { admissionHolds, placesUnique } from './room-checks.ts';
import { allOrNothing, capacity, deadAfterExpiry, oneOutcome, oneOwner, paidStays, personLimit } from './seat-checks.ts';

/** What must always be so; the numbers are those of docs/witness.md. */
const invariants: { title: string; checks: Check[] }[] = [
  { title: 'a seat has one live owner', checks: oneOwner },
  { title: 'what is paid for never becomes expired or available, and sold = paid', checks: paidStays },
  { title: 'sold + held + free = capacity', checks: capacity },
  { title: 'several seats are held all or none', checks: allOrNothing },
  { title: 'a hold is dead after its expiry: not sold, and not taken before', checks: deadAfterExpiry },
  { title: 'of payment and expiry exactly one wins', checks: oneOutcome },
  { title: 'charges - spent + refunds = balances = ledger, and no balance is negative', checks: everyWon },
  { title: 'one Idempotency-Key has one effect and one answer', checks: oneEffect },
  { title: 'every saga ends COMPLETED or COMPENSATED, and so does what it is about', checks: sagasEnd },
  { title: 'what is committed is published, and nothing else', checks: committedIsPublished },
  { title: 'places are unique and kept, and the draw can be computed again', checks: placesUnique },
  { title: 'no more people are let in than there is room for, and nobody else', checks: admissionHolds },
  { title: 'a person has no more seats than allowed', checks: personLimit },
  { title: 'what is derived from events has converged', checks: projectionsConverge },
];

/** What was looked at, and every row that should not be. */
export interface Finding {
  /** From 1, in the order of the list. */
  number: number;
  invariant: string;
  offending: Row[];
  /** Part of it, or all, could not be looked at: what is needed for it was not given or is not there. */
  incomplete: boolean;
}

/** Recounts the invariants. Run it when nothing is under way: open sagas and unpublished events are findings. */
export async function findOffences(sources: WitnessSources): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [index, { title, checks }] of invariants.entries()) {
    const outcomes: (Row[] | undefined)[] = [];
    for (const check of checks) outcomes.push(await check(sources));
    findings.push({
      number: index + 1,
      invariant: title,
      offending: outcomes.flatMap((rows) => rows ?? []),
      incomplete: outcomes.some((rows) => rows === undefined),
    });
  }
  return findings;
}
