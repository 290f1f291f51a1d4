import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildOnce, contentHash, isCached } from '../cached-build.ts';
import { findExecutable, isExecutable } from '../executables.ts';
import { cacheFolder, stackSources } from '../profile.ts';
import { canRunGo, runGo } from '../run-go.ts';
import { logFile, type ToolContext } from '../stack-context.ts';
import { StepFailure } from '../step-failure.ts';
import { isOlder, readVersion, type ToolVersion } from '../tool-version.ts';

/** What is built where no Helm is found; its sources say which version that is. */
const sources = `${stackSources}/helm`;
const helmModule = 'helm.sh/helm/v3';
/** Of Helm 3; every Helm 4 will do. */
export const oldestHelm: ToolVersion = [3, 17];
const wantedVersions = `${oldestHelm.join('.')} or newer`;
export const helmInstallation = 'https://helm.sh/docs/intro/install';

function versionOf(file: string): string | undefined {
  const result = spawnSync(file, ['version', '--template', '{{.Version}}'], { encoding: 'utf8', timeout: 10_000 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

function isWanted(text: string | undefined): boolean {
  const version = readVersion(text ?? '');
  return version !== undefined && !isOlder(version, oldestHelm);
}

function cacheName(): string {
  return `helm-${contentHash([`${sources}/go.mod`, `${sources}/go.sum`])}`;
}

/** Whether an earlier run has built one. */
export function isHelmBuilt(): boolean {
  return isCached(cacheName());
}

/** A Helm that is already on the machine, or was built before. @throws StepFailure when $HELM is not one */
export function findHelm(): string | undefined {
  const asked = process.env['HELM'];
  if (asked) {
    const version = versionOf(asked);
    if (isWanted(version)) return asked;
    const is = version ? `is version ${version}` : 'does not run';
    throw new StepFailure(`$HELM (${asked}) ${is}: install Helm ${wantedVersions}, ${helmInstallation}, or unset HELM to have one built`);
  }
  const candidates = [findExecutable('helm'), `${cacheFolder}/${cacheName()}`];
  return candidates.find((file) => file !== undefined && isExecutable(file) && isWanted(versionOf(file)));
}

export async function ensureHelm(context: ToolContext): Promise<string> {
  const found = findHelm();
  if (found) return found;
  if (!canRunGo()) {
    throw new StepFailure(`there is no Helm ${wantedVersions}: install it, ${helmInstallation}, or Go 1.26 to have it built`);
  }
  const title = isHelmBuilt() ? 'building helm again' : 'building helm (the first time takes 2 to 4 minutes)';
  return context.progress.step(title, () => buildOnce(cacheName(), (target) => buildHelm(context, target)));
}

/** What Helm's own build sets: its version, and the Kubernetes that it takes for granted when no cluster is asked. */
function ldflags(): string {
  const modules = readFileSync(`${sources}/go.mod`, 'utf8');
  const version = requiredVersion(modules, helmModule);
  const [, kubernetesMinor = ''] = requiredVersion(modules, 'k8s.io/client-go').split('.');
  const kubernetes = ['pkg/chartutil', 'pkg/lint/rules'].flatMap((path) => [
    `-X ${helmModule}/${path}.k8sVersionMajor=1`,
    `-X ${helmModule}/${path}.k8sVersionMinor=${kubernetesMinor}`,
  ]);
  return ['-s', '-w', `-X ${helmModule}/internal/version.version=${version}`, ...kubernetes].join(' ');
}

function requiredVersion(modules: string, name: string): string {
  const line = modules.split('\n').find((text) => text.includes(`${name} v`));
  const version = line === undefined ? undefined : /v\d\S*$/.exec(line.replace(' // indirect', ''))?.[0];
  if (version === undefined) throw new Error(`${sources}/go.mod does not require ${name}`);
  return version;
}

async function buildHelm(context: ToolContext, target: string): Promise<void> {
  await runGo(['build', '-trimpath', '-ldflags', ldflags(), '-o', target, `${helmModule}/cmd/helm`], {
    cwd: sources,
    env: { CGO_ENABLED: '0' },
    log: logFile(context, 'helm-build'),
    signal: context.signal,
    fix: `Go 1.26 or newer must be on the PATH, with access to a Go module proxy; or set HELM to a helm, ${wantedVersions}`,
    polite: true,
  });
  const version = versionOf(target);
  if (!isWanted(version))
    throw new StepFailure(`the helm that was built says it is version ${version ?? '?'}; needed is ${wantedVersions}`);
}
