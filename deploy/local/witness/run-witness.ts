import type { StackDescription } from '../stack-description.ts';
import { type Finding, findOffences, type WitnessedDatabases } from './findings.ts';
import { openWitnessDatabase } from './witness-databases.ts';

const settleTimeoutMs = 30_000;
const shown = 10;

/**
 * Recounts the stack's books. What is still on its way when it is called (events, sagas) gets a bounded time to arrive.
 * @returns a finding per invariant; all are fine when none has offending rows
 */
export async function runWitness(stack: StackDescription): Promise<Finding[]> {
  const databases = await openAll(stack);
  try {
    const deadline = Date.now() + settleTimeoutMs;
    let findings = await findOffences(databases);
    while (findings.some(({ offending }) => offending.length > 0) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      findings = await findOffences(databases);
    }
    return findings;
  } finally {
    await Promise.all(Object.values(databases).map((database) => database.close()));
  }
}

/** The findings as a table, the offending rows below. */
export function formatFindings(findings: Finding[]): string {
  const lines = findings.map(({ invariant, offending }) => `  ${offending.length === 0 ? 'ok  ' : 'FAIL'}  ${invariant}`);
  const rows = findings.flatMap(({ offending }) => offending.slice(0, shown).map((row) => `        ${JSON.stringify(row)}`));
  return [...lines, ...rows].join('\n');
}

export function isClean(findings: Finding[]): boolean {
  return findings.every(({ offending }) => offending.length === 0);
}

async function openAll(stack: StackDescription): Promise<WitnessedDatabases> {
  const { host, port, witness, owners } = stack.database;
  const open = (owner: keyof typeof owners) => openWitnessDatabase({ host, port, ...witness, database: owners[owner].database });
  return {
    user: await open('user'),
    concert: await open('concert'),
    reservation: await open('reservation'),
    payment: await open('payment'),
  };
}
