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
  /** Where the infrastructure listens besides the loopback address. */
  readonly publishAddress: string | undefined;
  readonly progress: Progress;
  /** Aborted when the start is given up. */
  readonly signal: AbortSignal;
  /** Gives the start up. */
  abandon(reason: unknown): void;
}

/** All addresses on which databases and brokers listen; the loopback address is always the first. */
export function listenAddresses({ publishAddress }: Pick<StackContext, 'publishAddress'>): string[] {
  return publishAddress === undefined ? ['127.0.0.1'] : ['127.0.0.1', publishAddress];
}

/** As much of it as installing or building a tool takes; there need not be a stack. */
export type ToolContext = Pick<StackContext, 'folders' | 'progress' | 'signal'>;

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

export function logFile(context: Pick<StackContext, 'folders'>, name: string): string {
  return `${context.folders.logs}/${name}.log`;
}
