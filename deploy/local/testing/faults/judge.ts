import { pollUntil } from '@ticketing/common/poll-until';
import { identityOf, type Row } from '@ticketing/common/witness/check';
import { findOffences } from '@ticketing/common/witness/invariants';
import { openSources } from '@ticketing/common/witness/sources';
import { configOfStack } from '../../witness/stack-books.ts';
import type { FaultShop } from './fault-shop.ts';

/** What is wrong after a fault: rows that break an invariant, and promises to buyers that were not kept. */
export interface Verdict {
  offences: { invariant: string; rows: Row[] }[];
  /** From the healing until the books were clean, or until nobody waited any longer. */
  settledAfterMs: number;
}

/** What was wrong before, and how long what is under way has to end. */
export interface JudgeOptions {
  known: ReadonlySet<string>;
  settleMs: number;
}

/** A saga must have ended a minute after what it waited for is back. */
export const strict: JudgeOptions = { known: new Set(), settleMs: 60_000 };

/** Lets the buyers end what they are at, waits until nothing is under way any more, and recounts. */
export async function judge(shop: FaultShop, { known, settleMs }: JudgeOptions): Promise<Verdict> {
  const started = performance.now();
  await shop.load.pause();
  const sources = await openSources(configOfStack(shop.stack));
  let offences: Verdict['offences'] = [];
  const look = async (): Promise<true | undefined> => {
    const findings = await findOffences(sources);
    offences = findings.map(({ number, invariant, offending }) => ({ invariant: `${number} ${invariant}`, rows: offending }));
    offences.push({ invariant: 'everything is looked at', rows: findings.flatMap(({ unseen }) => unseen.map((reason) => ({ reason }))) });
    offences.push(...(await brokenPromises(shop)));
    offences = offences.map(({ invariant, rows }) => ({ invariant, rows: rows.filter((row) => !known.has(identityOf(row))) }));
    offences = offences.filter(({ rows }) => rows.length > 0);
    return offences.length === 0 ? true : undefined;
  };
  try {
    await pollUntil(look, settleMs);
  } finally {
    await sources.close();
  }
  return { offences, settledAfterMs: performance.now() - started };
}

/** A fault may delay an event, but never makes it one that its consumer can't take. */
async function deadLetters({ databases }: FaultShop['books']): Promise<Row[]> {
  const found = Object.values(databases).map((database) => database.rows('SELECT id AS letter, service, type, error FROM dead_letters'));
  return (await Promise.all(found)).flat();
}

async function brokenPromises({ load, books }: FaultShop): Promise<Verdict['offences']> {
  const broken = async (name: string, promised: Set<string>, sql: string): Promise<Verdict['offences'][number]> => {
    const kept = new Set((await books.databases.payment.rows(sql)).map(({ id }) => id));
    const rows = [...promised].filter((id) => !kept.has(id.replaceAll('-', ''))).map((id) => ({ id }));
    return { invariant: `what buyers were told: ${name}`, rows };
  };
  const { charges, payments, refunds, contradictions } = load.promises;
  return [
    await broken('payments', payments, "SELECT id FROM payments WHERE status IN ('COMPLETED', 'REFUNDED')"),
    await broken('refunds', refunds, "SELECT id FROM refunds WHERE status = 'COMPLETED'"),
    await broken('charges', charges, "SELECT reference AS id FROM ledger_entries WHERE kind = 'CHARGE' AND account = 'WALLET'"),
    { invariant: 'nothing is given up: dead letters', rows: await deadLetters(books) },
    { invariant: '8 one answer for one key', rows: contradictions.map((contradiction) => ({ contradiction })) },
  ];
}

export function describeVerdict({ offences }: Verdict): string {
  return offences
    .map(({ invariant, rows }) => [`  ${invariant}`, ...rows.slice(0, 5).map((row) => `    ${JSON.stringify(row)}`)].join('\n'))
    .join('\n');
}
