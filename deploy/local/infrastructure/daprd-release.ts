import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { runCommand } from '../run-command.ts';
import { logFile, type ToolContext } from '../stack-context.ts';
import { StepFailure } from '../step-failure.ts';

const answerTimeoutMs = 10_000;
const downloadTimeoutMs = 600_000;
const systems = ['linux', 'darwin'];
const processors: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The release's archive for this machine, as its address ends; undefined where there is none. */
export function releaseArchive(platform: string = process.platform, architecture: string = process.arch): string | undefined {
  const processor = processors[architecture];
  return systems.includes(platform) && processor !== undefined ? `daprd_${platform}_${processor}.tar.gz` : undefined;
}

async function download(address: string, timeoutMs: number, signal: AbortSignal): Promise<Buffer> {
  try {
    const response = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    if (!response.ok) throw new StepFailure(`${address} answers ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof StepFailure ? error : new StepFailure(`${address} does not answer`);
  }
}

/**
 * Takes daprd out of a release's archive, which has to have the digest that the release publishes beside it. The digest finds a download that
 * was cut short or changed on its way, not a release that was changed itself.
 * @param release where the release's files are
 */
export async function downloadDaprd(context: ToolContext, target: string, release: string): Promise<void> {
  const archive = releaseArchive();
  if (archive === undefined) throw new StepFailure(`there is no daprd for ${process.platform} on ${process.arch}`);
  const address = `${release}/${archive}`;
  const published = (await download(`${address}.sha256`, answerTimeoutMs, context.signal)).toString();
  const content = await download(address, downloadTimeoutMs, context.signal);
  const digest = createHash('sha256').update(content).digest('hex');
  if (/^[0-9a-f]{64}/.exec(published)?.[0] !== digest) throw new StepFailure(`${address} has not the digest that is published beside it`);
  const folder = mkdtempSync(`${tmpdir()}/ticketing-daprd-`);
  try {
    writeFileSync(`${folder}/${archive}`, content);
    const args = ['-xzf', `${folder}/${archive}`, '-C', folder, 'daprd'];
    await runCommand('tar', args, { log: logFile(context, 'daprd-download'), signal: context.signal });
    copyFileSync(`${folder}/daprd`, target);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
