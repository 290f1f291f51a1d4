import { identityOf } from './check.ts';
import { type Finding, findOffences } from './invariants.ts';
import { openSources, type WitnessConfig } from './sources.ts';

const settleTimeoutMs = 30_000;
const pauseMs = 500;
const shown = 10;

/**
 * Recounts the books, again and again until nothing offends or the time to settle is over. What is under way offends for a moment only, so
 * a row is found when every look has found it; in a shop with traffic each look sees others.
 * @returns a finding per invariant; all are fine when none has offending rows
 */
export async function recount(config: WitnessConfig, settleMs = settleTimeoutMs): Promise<Finding[]> {
  const sources = await openSources(config);
  try {
    const deadline = Date.now() + settleMs;
    let findings = await findOffences(sources);
    while (offends(findings) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      findings = stillOffending(findings, await findOffences(sources));
    }
    return findings;
  } finally {
    await sources.close();
  }
}

/** What a later look has found, without the rows that the looks before did not have. */
export function stillOffending(before: Finding[], now: Finding[]): Finding[] {
  return now.map((finding) => {
    const known = new Set(before.find(({ number }) => number === finding.number)?.offending.map(identityOf));
    return { ...finding, offending: finding.offending.filter((row) => known.has(identityOf(row))) };
  });
}

/** The findings as a table, the offending rows below. */
export function formatFindings(findings: Finding[]): string {
  const lines = findings.map(({ number, invariant, offending, unseen }) => {
    const verdict = offending.length > 0 ? 'FAIL' : unseen.length > 0 ? 'part' : 'ok';
    return `  ${String(number).padStart(2)}  ${verdict.padEnd(4)}  ${invariant}`;
  });
  const rows = findings.flatMap(({ number, offending }) => {
    const some = offending.slice(0, shown).map((row) => `  ${String(number).padStart(2)}        ${JSON.stringify(row)}`);
    return offending.length > shown ? [...some, `            … and ${offending.length - shown} more`] : some;
  });
  const unseen = new Set(findings.flatMap((finding) => finding.unseen));
  return [...lines, ...rows, ...[...unseen].map((reason) => `  not looked at: ${reason}`)].join('\n');
}

/** Whether everything was looked at and nothing offends. */
export function isClean(findings: Finding[]): boolean {
  return exitCodeOf(findings) === 0;
}

/** 0: the books are clean; 1: something offends; 2: nothing of what could be looked at offends, but not everything could be. */
export function exitCodeOf(findings: Finding[]): 0 | 1 | 2 {
  if (offends(findings)) return 1;
  return findings.some(({ unseen }) => unseen.length > 0) ? 2 : 0;
}

function offends(findings: Finding[]): boolean {
  return findings.some(({ offending }) => offending.length > 0);
}
