import type { CaseOutcome } from './run-case.ts';

const head = '| kind | fault | seen | purchases meanwhile | books |\n|---|---|---|---|---|\n';

/**
 * docs/faults.md: what was done to the stack and what became of the books.
 * @param before the page as it was; rows of faults that were not tried this time stay
 * @param names every fault that there is, in their order; a row of any other goes
 */
export function faultTable(before: string, outcomes: readonly CaseOutcome[], names: readonly string[]): string {
  const rows = new Map(rowsIn(before).map((row) => [row.split(' | ')[1] ?? '', row]));
  for (const outcome of outcomes) rows.set(outcome.name, rowOf(outcome));
  const known = names.flatMap((name) => rows.get(name) ?? []);
  const clean = known.filter((row) => !row.endsWith('| NOT CLEAN |')).length;
  return `# What faults do to the books

Written by \`npm run test:faults -- --write\`. Two instances each of queue, reservation and payment, and all the parts they need, run as processes of their own;
ten buyers hold, pay, cancel, get refunds and ask again with the same keys all the time. Each fault is brought about while they do. Then
everything that is dead is started again, the buyers end what they are at, and the witness ([witness.md](witness.md)) recounts all invariants,
and whatever a buyer was ever told. The last column is the time from the healing to clean books, in which sagas end and events arrive.

${known.length} of the ${names.length} faults were tried, each row is of the last time: ${clean} left the books clean.

${head}${known.join('\n')}
`;
}

function rowsIn(page: string): string[] {
  const [, table = ''] = page.split(head);
  return table.split('\n').filter((line) => line.startsWith('| '));
}

function rowOf({ kind, name, seen, verdict, passed, bought }: CaseOutcome): string {
  const books = passed && verdict ? `clean after ${(verdict.settledAfterMs / 1_000).toFixed(1)} s` : 'NOT CLEAN';
  return `| ${kind} | ${name} | ${seen.replaceAll('|', '/').split('\n', 1)[0] ?? ''} | ${bought} | ${books} |`;
}
