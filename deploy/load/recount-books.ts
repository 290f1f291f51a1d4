import { formatFindings, isClean } from '@ticketing/common/witness/run-witness';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import { runWitness } from '../local/witness/stack-books.ts';

/** Recounts the books after a load. @throws StepFailure when they are wrong */
export async function recountBooks(stack: StackDescription, load: string): Promise<void> {
  const findings = await runWitness(stack);
  if (!isClean(findings)) throw new StepFailure(`the witness has found the books wrong after the ${load}:\n${formatFindings(findings)}`);
  process.stdout.write(`\nThe witness recounts the books: all ${findings.length} invariants hold.\n`);
}
