import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buildOnce, contentHash, isCached } from '../local/cached-build.ts';
import { repositoryRoot } from '../local/profile.ts';
import { runCommand } from '../local/run-command.ts';
import { logFile, type ToolContext } from '../local/stack-context.ts';
import { downloadModule, goFix, moduleSources } from './go-modules.ts';

export const traefikVersion = 'v3.7.13';

const traefikModule = 'github.com/traefik/traefik/v3';
const legoModule = 'github.com/go-acme/lego/v5';
/** An earlier commit than Traefik's, which not every module proxy has. It is about passwords in front of routes; there are none here. */
const httpAuth = 'github.com/abbot/go-http-auth=github.com/containous/go-http-auth@v0.4.1-0.20200324110947-a37a7636d23e';

type Run = (command: string, ...args: string[]) => Promise<void>;

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Go lets no file of its module cache be replaced. @returns where the copy is, which has no DNS providers */
async function copyLego(original: string, work: string, run: Run): Promise<string> {
  const copy = `${work}/lego`;
  await run('cp', '-R', original, copy);
  await run('chmod', '-R', 'u+w', copy);
  rmSync(`${copy}/providers`, { recursive: true });
  mkdirSync(`${copy}/providers/dns`, { recursive: true });
  copyFileSync(`${moduleSources}/dns/dns.go`, `${copy}/providers/dns/dns.go`);
  return copy;
}

/** Builds Traefik within its own module, on its own go.mod and go.sum, but for what its module lacks and what is left out. */
async function buildTraefik(context: ToolContext, folder: string): Promise<void> {
  const { signal } = context;
  const work = `${folder}/work`;
  const modules = `${work}/go.mod`;
  const traefik = await downloadModule(traefikModule, signal);
  const options = { log: logFile(context, 'traefik-build'), env: { CGO_ENABLED: '0', GOOS: 'linux' }, signal, fix: goFix, polite: true };
  const run: Run = (command, ...args) => runCommand(command, args, { ...options, cwd: traefik });
  const replace = (replacement: string): Promise<void> => run('go', 'mod', 'edit', '-replace', replacement, modules);

  mkdirSync(work, { recursive: true });
  writeFileSync(modules, read(`${traefik}/go.mod`));
  writeFileSync(`${work}/go.sum`, read(`${traefik}/go.sum`) + read(`${moduleSources}/go.sum`));
  await replace(`github.com/traefik/traefik/dynamic/ext=${moduleSources}/ext`);
  await replace(httpAuth);
  const lego = await downloadModule(legoModule, signal, ['-C', traefik, `-modfile=${modules}`]);
  await replace(`${legoModule}=${await copyLego(lego, work, run)}`);
  const ldflags = `-s -w -X ${traefikModule}/pkg/version.Version=${traefikVersion}`;
  await run('go', 'build', `-modfile=${modules}`, '-trimpath', '-ldflags', ldflags, '-o', `${folder}/traefik`, './cmd/traefik');
  rmSync(work, { recursive: true });
}

/** A folder with nothing in it but Traefik, built on this machine from what go.sum says. */
export async function ensureTraefikBuild(context: ToolContext): Promise<string> {
  const ingredients = ['go.mod', 'go.sum', 'ext', 'dns'].map((name) => `${moduleSources}/${name}`);
  const name = `traefik-${contentHash([...ingredients, `${repositoryRoot}deploy/kind/traefik-binary.ts`])}`;
  const build = () => buildOnce(name, (folder) => buildTraefik(context, folder));
  return isCached(name) ? build() : context.progress.step('building Traefik (takes 5 to 10 minutes)', build);
}
