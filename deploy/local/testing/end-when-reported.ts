import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { StepFailure } from '../step-failure.ts';

/** Once a second after the report is written. */
const looksAfterReport = 20;

/**
 * Ends Jest when it has written its report and does not come to its end, because a test has left something open. A test that fails may well
 * do that; one that passes must not.
 * @returns what to call when Jest has ended, with the number of failed tests; it throws StepFailure when none failed and Jest did not end
 */
export function endWhenReported(jest: ChildProcess, report: string): (failed: number) => void {
  let looks = 0;
  const watch = setInterval(() => {
    if (existsSync(report)) looks += 1;
    if (looks === looksAfterReport) jest.kill('SIGKILL');
  }, 1_000);
  jest.once('close', () => clearInterval(watch));
  return (failed) => {
    if (failed === 0 && looks >= looksAfterReport)
      throw new StepFailure('the tests passed and left something open', { fix: 'run Jest on them with --detectOpenHandles' });
  };
}
