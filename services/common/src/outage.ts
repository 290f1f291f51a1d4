import { SidecarError } from './dapr.ts';
import { isDatabaseOut } from './database.ts';
import { InvocationFailed } from './invocation-failed.ts';

/** True when what failed was the database, the sidecar or another service, so that the same may work later. */
export function isOutage(error: unknown): boolean {
  // A service that answers "internal" is there; it is this very question that it fails at.
  if (error instanceof InvocationFailed) return error.code !== 'internal';
  return error instanceof SidecarError || isDatabaseOut(error);
}
