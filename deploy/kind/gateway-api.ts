import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { buildOnce } from '../local/cached-build.ts';
import { StepFailure } from '../local/step-failure.ts';
import { downloadModule } from './go-modules.ts';

interface Release {
  readonly url: string;
  readonly sha256: string;
}

/** The one that Traefik is made for. */
export const gatewayApiVersion = 'v1.6.1';
const standardRelease: Release = {
  url: `https://github.com/kubernetes-sigs/gateway-api/releases/download/${gatewayApiVersion}/standard-install.yaml`,
  sha256: '24d931f22abd8e40c973264319ead7cfa09d0fb7716b7ab1ee2ff174cb063a73',
};
const patienceMs = 30_000;

/** @returns undefined where it can't be reached. @throws StepFailure when something else is there */
export async function fetchRelease({ url, sha256 }: Release, signal: AbortSignal): Promise<string | undefined> {
  const text = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) })
    .then((response) => (response.ok ? response.text() : undefined))
    .catch(() => undefined);
  signal.throwIfAborted();
  if (text === undefined) return undefined;
  const found = createHash('sha256').update(text).digest('hex');
  if (found === sha256) return text;
  throw new StepFailure(`${url} has the SHA-256 ${found}, not ${sha256}`, { fix: 'does a proxy answer in its place?' });
}

/** The same out of the Go module. */
async function readModule(signal: AbortSignal): Promise<string> {
  const folder = `${await downloadModule('sigs.k8s.io/gateway-api', signal)}/config/crd/standard`;
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.map((file) => readFileSync(`${folder}/${file}`, 'utf8')).join('---\n');
}

/** The types of the Gateway API, of its standard channel. */
export async function gatewayApiTypes(signal: AbortSignal): Promise<string> {
  const write = async (target: string): Promise<void> => {
    writeFileSync(target, (await fetchRelease(standardRelease, signal)) ?? (await readModule(signal)));
  };
  return readFileSync(await buildOnce(`gateway-api-${gatewayApiVersion}.yaml`, write), 'utf8');
}
