import { rmSync } from 'node:fs';
import type { ToolContext } from '../local/stack-context.ts';
import { writeImageArchive } from './local-images/image-archive.ts';
import type { Docker } from './local-registry.ts';
import { ensureTraefikBuild, traefikVersion } from './traefik-binary.ts';

/** Of that version, for all architectures. */
const official = 'docker.io/library/traefik@sha256:24841fe2de7304c149343d877d2923b4c8800a38ba015dea9174c23b20e344a0';

async function succeeds(command: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return command.then(
    () => true,
    () => {
      signal.throwIfAborted();
      return false;
    },
  );
}

async function load(docker: Docker, reference: string, folder: string): Promise<void> {
  const archive = `${folder}.tar`;
  await writeImageArchive(archive, { name: reference, layers: [folder], config: { Entrypoint: ['/traefik'], User: '65532:65532' } });
  await docker(['load', '--input', archive]);
  rmSync(archive);
}

/** Brings the official image of Traefik to the registry or, where it cannot be pulled, one that is built here. @returns its name there */
export async function pushTraefikImage(
  docker: Docker,
  registry: string,
  context: ToolContext,
  build = ensureTraefikBuild,
): Promise<string> {
  const { progress, signal } = context;
  const reference = `${registry}/traefik:dev-${traefikVersion}`;
  const pull = async (): Promise<boolean> => {
    if (await succeeds(docker(['image', 'inspect', reference]), signal)) return true;
    if (!(await succeeds(docker(['pull', official]), signal))) return false;
    await docker(['tag', official, reference]);
    return true;
  };
  const pulled = await progress.step('image of Traefik', pull, (there) => (there ? reference : 'cannot be pulled'));
  if (!pulled) await load(docker, reference, await build(context));
  await docker(['push', reference]);
  return reference;
}
