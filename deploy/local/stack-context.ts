import type { Ports } from './ports.ts';
import type { ProfileFolders, ProfileName } from './profile.ts';
import type { Progress } from './progress.ts';
import type { Secrets } from './secrets.ts';

/** What every step of a start is given. */
export interface StackContext {
  readonly profile: ProfileName;
  readonly folders: ProfileFolders;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly progress: Progress;
  /** Aborted when the start is given up. */
  readonly signal: AbortSignal;
  /** Gives the start up. */
  abandon(reason: unknown): void;
}

/**
 * Awaits all of it. When one fails, the others are told to give up and are waited for, so that none of them can begin
 * another process after everything has been stopped.
 */
export async function allTogether<const T extends readonly Promise<unknown>[]>(
  context: StackContext,
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  try {
    return await Promise.all(work);
  } catch (error) {
    context.abandon(error);
    await Promise.allSettled(work);
    throw error;
  }
}

export function logFile(context: StackContext, name: string): string {
  return `${context.folders.logs}/${name}.log`;
}
