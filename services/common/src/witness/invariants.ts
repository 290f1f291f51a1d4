import { admissionHolds } from './admission-checks.ts';
import { oneEffect } from './answer-checks.ts';
import { capacity } from './capacity-checks.ts';
import type { Check, Evidence, Row, Unseen, WitnessSources } from './check.ts';
import { committedIsPublished } from './event-checks.ts';
import { holdsEnd, oneOutcome } from './expiry-checks.ts';
import { oneEntry } from './gate-checks.ts';
import { everyWon } from './money-checks.ts';
import { allOrNothing, oneOwner, personLimit } from './owner-checks.ts';
import { placesUnique } from './place-checks.ts';
import { projectionsConverge } from './projection-checks.ts';
import { sagasEnd } from './saga-checks.ts';
import { paidStays } from './sold-checks.ts';
import type { Snapshot } from './witness-databases.ts';

/** What must always be so; the numbers are those of docs/witness.md. */
const invariants: { title: string; checks: Check[] }[] = [
  { title: 'a seat has one live owner', checks: oneOwner },
  { title: 'what is paid for never becomes expired or available, and sold = paid', checks: paidStays },
  { title: 'sold + held + free + blocked = capacity, and no seat is lost or held for ever', checks: capacity },
  { title: 'several seats are held all or none', checks: allOrNothing },
  { title: 'a hold is dead after its expiry: not sold, and not taken before', checks: holdsEnd },
  { title: 'of payment and expiry exactly one wins', checks: oneOutcome },
  { title: 'charges - spent + refunds = balances = ledger, and no balance is negative', checks: everyWon },
  { title: 'one Idempotency-Key has one effect and one answer', checks: oneEffect },
  { title: 'every saga ends COMPLETED or COMPENSATED, and so does what it is about', checks: sagasEnd },
  { title: 'what is committed is published, and nothing else', checks: committedIsPublished },
  { title: 'places are unique and kept, and the draw can be computed again', checks: placesUnique },
  { title: 'no more people are let in than there is room for, and nobody else', checks: admissionHolds },
  { title: 'a person has no more seats than allowed', checks: personLimit },
  { title: 'what is derived from events has converged', checks: projectionsConverge },
  { title: 'a ticket lets somebody in once, and while it is good', checks: oneEntry },
];

/** An invariant that was checked, and its offending rows. */
export interface Finding {
  /** From 1, in the order of the list. */
  number: number;
  invariant: string;
  offending: Row[];
  /** What could not be looked at, and why: what is needed for it was not given, is not there or does not answer. */
  unseen: string[];
}

/** What each check of an invariant has found. */
export interface Seen {
  number: number;
  invariant: string;
  outcomes: (Row[] | Unseen)[];
}

/** Recounts the invariants once. What is under way shows too: open sagas, unpublished events, effects that one database has and the next has not yet. */
export async function findOffences(sources: WitnessSources): Promise<Finding[]> {
  const { user, concert, reservation, payment } = sources.databases;
  const taken: Snapshot[] = [];
  const snapshotOf = async ({ snapshot }: { snapshot: () => Promise<Snapshot> }): Promise<Snapshot> => {
    const made = await snapshot();
    taken.push(made);
    return made;
  };
  try {
    const [users, concerts, reservations, payments] = await Promise.all([user, concert, reservation, payment].map(snapshotOf));
    if (!users || !concerts || !reservations || !payments) throw new Error('a snapshot is missing');
    return toFindings(
      await look({ ...sources, databases: { user: users, concert: concerts, reservation: reservations, payment: payments } }),
    );
  } finally {
    await Promise.all(taken.map(({ release }) => release()));
  }
}

/** Looks at everything, one check after the other, or at one invariant only. */
export async function look(evidence: Evidence, only?: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const [index, { title, checks }] of invariants.entries()) {
    if (only !== undefined && only !== index + 1) continue;
    const outcomes: Seen['outcomes'] = [];
    for (const check of checks) outcomes.push(await check(evidence));
    seen.push({ number: index + 1, invariant: title, outcomes });
  }
  return seen;
}

export function toFindings(seen: Seen[]): Finding[] {
  return seen.map(({ number, invariant, outcomes }) => ({
    number,
    invariant,
    offending: outcomes.flatMap((outcome) => ('unseen' in outcome ? [] : outcome)),
    unseen: [...new Set(outcomes.flatMap((outcome) => ('unseen' in outcome ? outcome.unseen : [])))],
  }));
}
