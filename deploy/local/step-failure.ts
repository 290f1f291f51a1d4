import { existsSync, readFileSync } from 'node:fs';

export interface FailureDetails {
  /** The full log, named so that the reader can open it. */
  readonly log?: string | undefined;
  /** What most likely helps. */
  readonly fix?: string | undefined;
}

/** A step of the start that failed in a way the reader can act on. */
export class StepFailure extends Error {
  readonly details: FailureDetails;

  constructor(message: string, details: FailureDetails = {}) {
    super(message);
    this.name = 'StepFailure';
    this.details = details;
  }
}

const shownLogLines = 20;
const longestShownLine = 400;

export function describeFailure(error: unknown): string {
  if (!(error instanceof StepFailure)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { log, fix } = error.details;
  const lines = [error.message];
  if (log && existsSync(log)) {
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-shownLogLines);
    lines.push(`  full log: ${log}`, ...tail.map((line) => `  | ${line.slice(0, longestShownLine)}`));
  }
  if (fix) lines.push(`  likely fix: ${fix}`);
  return lines.join('\n');
}
