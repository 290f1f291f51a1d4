import { buildOnce, contentHash, isCached } from '../local/cached-build.ts';
import { findExecutable } from '../local/executables.ts';
import { repositoryRoot } from '../local/profile.ts';
import { runGo } from '../local/run-go.ts';
import { logFile, type ToolContext } from '../local/stack-context.ts';

const sources = `${repositoryRoot}deploy/kind/static-checks`;
const kindPackage = 'sigs.k8s.io/kind';

function cacheName(): string {
  return `kind-${contentHash([`${sources}/go.mod`, `${sources}/go.sum`])}`;
}

/** Whether an earlier run has built one. */
export function isKindBuilt(): boolean {
  return isCached(cacheName());
}

/** The version of kind that static-checks/go.mod names, built on this machine. */
export async function buildKind(context: ToolContext): Promise<string> {
  const build = (target: string) =>
    runGo(['build', '-trimpath', '-ldflags', '-s -w', '-o', target, kindPackage], {
      cwd: sources,
      env: { CGO_ENABLED: '0' },
      log: logFile(context, 'kind-build'),
      signal: context.signal,
      fix: 'Go 1.26 or newer must be on the PATH, with access to a Go module proxy; or install kind',
      polite: true,
    });
  if (isKindBuilt()) return buildOnce(cacheName(), build);
  return context.progress.step('building kind (about half a minute)', () => buildOnce(cacheName(), build));
}

/** The kind on the PATH, or one that is built. */
export async function ensureKind(context: ToolContext): Promise<string> {
  return findExecutable('kind') ?? (await buildKind(context));
}
