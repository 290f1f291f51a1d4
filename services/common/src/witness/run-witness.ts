import { type Finding, findOffences } from './invariants.ts';
import { openSources, type WitnessConfig } from './sources.ts';

const settleTimeoutMs = 30_000;
const pauseMs = 500;
const shown = 10;

/**
 * Recounts the books. What is still on its way when it is called (events, sagas) gets a bounded time to arrive.
 * @returns a finding per invariant; all are fine when none has offending rows
 */
export async function recount(config: WitnessConfig, settleMs = settleTimeoutMs): Promise<Finding[]> {
  const sources = await openSources(config);
  try {
    const deadline = Date.now() + settleMs;
    let findings = await findOffences(sources);
    while (!isClean(findings) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      findings = await findOffences(sources);
    }
    return findings;
  } finally {
    await sources.close();
  }
}

/** The findings as a table, the offending rows below. */
export function formatFindings(findings: Finding[]): string {
  const lines = findings.map(({ number, invariant, offending, incomplete }) => {
    const verdict = offending.length > 0 ? 'FAIL' : incomplete ? 'part' : 'ok';
    return `  ${String(number).padStart(2)}  ${verdict.padEnd(4)}  ${invariant}`;
  });
  const rows = findings.flatMap(({ number, offending }) => {
    const some = offending.slice(0, shown).map((row) => `  ${String(number).padStart(2)}        ${JSON.stringify(row)}`);
    return offending.length > shown ? [...some, `            … and ${offending.length - shown} more`] : some;
  });
  return [...lines, ...rows].join('\n');
}

export function isClean(findings: Finding[]): boolean {
  return findings.every(({ offending }) => offending.length === 0);
}
