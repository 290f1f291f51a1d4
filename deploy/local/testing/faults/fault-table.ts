import type { CaseOutcome } from './run-case.ts';

/** docs/faults.md: what was done to the stack and what became of the books. */
export function faultTable(outcomes: readonly CaseOutcome[], minutes: number, all: number): string {
  const rows = outcomes.map(({ kind, name, seen, verdict, passed, bought }) => {
    const books = passed && verdict ? `clean after ${(verdict.settledAfterMs / 1_000).toFixed(1)} s` : 'NOT CLEAN';
    return `| ${kind} | ${name} | ${seen.replaceAll('|', '/').split('\n', 1)[0] ?? ''} | ${bought} | ${books} |`;
  });
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  return `# What faults do to the books

Written by \`npm run test:faults -- --write\`. Two instances each of queue, reservation and payment, and all the parts they need, run as processes of their own;
ten buyers hold, pay, cancel, get refunds and ask again with the same keys all the time. Each fault is brought about while they do. Then
everything that is dead is started again, the buyers end what they are at, and the witness ([witness.md](witness.md)) recounts all invariants,
and whatever a buyer was ever told. The last column is the time from the healing to clean books, in which sagas end and events arrive.

This run tried ${outcomes.length} of the ${all} faults, in ${minutes.toFixed(0)} minutes: ${passed} left the books clean.

| kind | fault | seen | purchases meanwhile | books |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
