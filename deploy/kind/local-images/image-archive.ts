import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const created = '1970-01-01T00:00:00Z';

/** Equal folders become equal bytes, whoever made them and when. A container does not run as root: what is in an image, all may read. */
const reproducible = ['--format=gnu', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=a+rX'];

/** The part of an image's configuration that we set, named as the format names it. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Env?: readonly string[];
}

export interface Image {
  /** As containerd names it, with registry and tag: docker.io/library/redis:7. */
  readonly name: string;
  /** Folders whose contents lie upon each other in this order. */
  readonly layers: readonly string[];
  readonly config: ImageConfig;
}

/**
 * The folder itself is left out: its mode would become that of the container's root, which others must be able to enter.
 * Reading names from nowhere as well lets an empty folder be an empty layer.
 */
async function writeTar(file: string, folder: string): Promise<void> {
  const entries = readdirSync(folder).sort();
  await execute('tar', [
    '--create',
    `--file=${file}`,
    ...reproducible,
    `--directory=${folder}`,
    '--files-from=/dev/null',
    '--',
    ...entries,
  ]);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function addLayer(folder: string, parts: string): Promise<string> {
  const unnamed = `${parts}/layer`;
  await writeTar(unnamed, folder);
  const digest = await digestOf(unnamed);
  renameSync(unnamed, `${parts}/${digest}.tar`);
  return digest;
}

/**
 * Writes images as one archive that `docker load`, `ctr images import` and `kind load image-archive` read. No engine is needed.
 * A folder that is a layer of several images is written once.
 */
export async function writeImageArchive(file: string, ...images: readonly Image[]): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const work = mkdtempSync(`${dirname(file)}/.${basename(file)}-`);
  const parts = `${work}/parts`;
  mkdirSync(parts);
  try {
    const digests = new Map<string, string>();
    for (const folder of new Set(images.flatMap(({ layers }) => layers))) digests.set(folder, await addLayer(folder, parts));
    const manifest = images.map((image) =>
      describeImage(
        image,
        image.layers.flatMap((folder) => digests.get(folder) ?? []),
        parts,
      ),
    );
    writeFileSync(`${parts}/manifest.json`, JSON.stringify(manifest));
    await writeTar(`${work}/archive`, parts);
    renameSync(`${work}/archive`, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes the image's configuration and returns its entry in the archive's manifest. */
function describeImage({ name, config }: Image, digests: readonly string[], parts: string): object {
  const rootfs = { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) };
  const configuration = JSON.stringify({ architecture, os: 'linux', created, config, rootfs, history: digests.map(() => ({ created })) });
  const configurationFile = `${createHash('sha256').update(configuration).digest('hex')}.json`;
  writeFileSync(`${parts}/${configurationFile}`, configuration);
  return { Config: configurationFile, RepoTags: [name], Layers: digests.map((digest) => `${digest}.tar`) };
}
