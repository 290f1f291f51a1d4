import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Docker } from '../kind/local-registry.ts';
import { readCommand } from '../kind/read-command.ts';
import { contentHash } from '../local/cached-build.ts';
import { localFolder, repositoryRoot } from '../local/profile.ts';
import { runCommand } from '../local/run-command.ts';
import { serviceNames } from '../local/services.ts';
import { StepFailure } from '../local/step-failure.ts';

/** The services, and the search engine with the plugin that it needs. */
export const imageNames = [...serviceNames, 'elasticsearch'] as const;
export type ImageName = (typeof imageNames)[number];

export interface ImageBuild {
  /** Where the images belong: `ticketing`, `localhost:8095`, `registry.example.com/shop`. */
  readonly registry: string;
  readonly tag: string;
  readonly push: boolean;
  readonly signal: AbortSignal;
}

/** What an image says of its sources; empty where git cannot tell. */
export interface SourceDescription {
  readonly source: string;
  readonly revision: string;
  readonly version: string;
  /** When the last commit was made, in seconds since 1970. */
  readonly epoch: string;
}

const elasticsearchFolder = `${repositoryRoot}deploy/images/elasticsearch`;

function isImageName(name: string): name is ImageName {
  return imageNames.some((image) => image === name);
}

export function imageReference(name: ImageName, { registry, tag }: Pick<ImageBuild, 'registry' | 'tag'>): string {
  return `${registry}/${name}:${tag}`;
}

/** A tag that changes with what the image is made from, so that a cluster is never left with pods of an older build. */
export function contentTag(name: ImageName): string {
  const workspaces = ['common', 'contracts', ...serviceNames].flatMap((workspace) =>
    ['package.json', 'tsconfig.json', 'src'].map((part) => `services/${workspace}/${part}`),
  );
  const shared = ['deploy/images/Dockerfile', '.dockerignore', 'package.json', 'package-lock.json', 'tsconfig.base.json'];
  const sources = name === 'elasticsearch' ? [elasticsearchFolder] : [...shared, ...workspaces].map((path) => `${repositoryRoot}${path}`);
  return `dev-${contentHash(sources)}`;
}

/** Those with such tags, those that lost theirs to a later build, Tilt's and the one of Traefik, in the engine's own store. @returns how many there were */
export async function removeImages(docker: Docker, registry: string): Promise<number> {
  const patterns = [...imageNames, 'traefik'].flatMap((name) => [`${name}:dev-*`, `${name}@*`, `ticketing_${name}:tilt-*`]);
  const filters = patterns.flatMap((pattern) => ['--filter', `reference=${registry}/${pattern}`]);
  const listed = await docker(['image', 'ls', '--digests', ...filters, '--format', '{{.Repository}} {{.Tag}} {{.Digest}}']);
  const rows = listed.split('\n').filter((row) => row !== '');
  const references = rows
    .map((row) => row.split(' '))
    .map(([name, tag, digest]) => (tag === '<none>' ? `${name}@${digest}` : `${name}:${tag}`));
  if (references.length > 0) await docker(['image', 'rm', ...references]);
  return references.length;
}

async function git(...args: string[]): Promise<string> {
  return (await readCommand('git', ['-C', repositoryRoot, ...args]).catch(() => '')).trim();
}

/** A remote's address may carry a token, which has no place in an image. */
export function withoutCredentials(address: string): string {
  return address.replace(/^(https?:\/\/)[^@/]*@/, '$1');
}

export async function describeSources(): Promise<SourceDescription> {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(`${repositoryRoot}package.json`, 'utf8')));
  const revision = await git('rev-parse', 'HEAD');
  const changed = (await git('status', '--porcelain')) !== '';
  return {
    source: withoutCredentials(await git('config', '--get', 'remote.origin.url')),
    revision: changed ? `${revision}-changed` : revision,
    version,
    epoch: await git('log', '-1', '--format=%ct'),
  };
}

/** Arguments of docker that build the image into the engine's own store. */
export function buildArguments(name: ImageName, reference: string, about: SourceDescription): string[] {
  const common = ['buildx', 'build', '--progress', 'plain', '--provenance=false', '--load', '--tag', reference];
  if (name === 'elasticsearch') return [...common, elasticsearchFolder];
  const values = {
    SERVICE: name,
    SOURCE: about.source,
    REVISION: about.revision,
    VERSION: about.version,
    SOURCE_DATE_EPOCH: about.epoch,
  };
  const known = Object.entries(values).filter(([, value]) => value !== '');
  const settings = known.flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  return [...common, '--file', `${repositoryRoot}deploy/images/Dockerfile`, ...settings, repositoryRoot];
}

/** Builds one image, and pushes it when asked. The engine pushes, not the builder: it reaches a registry on this machine. */
export async function buildImage(name: ImageName, build: ImageBuild, about: SourceDescription): Promise<string> {
  const reference = imageReference(name, build);
  const options = { cwd: repositoryRoot, log: `${localFolder}/images/${name}.log`, signal: build.signal };
  await runCommand('docker', buildArguments(name, reference, about), { ...options, fix: 'look at the log of the build' });
  if (build.push) {
    await runCommand('docker', ['push', reference], { ...options, fix: `may you push there? docker login ${build.registry}` });
  }
  return reference;
}

/** @throws StepFailure for a name that no image has */
export function parseImageNames(names: readonly string[]): ImageName[] {
  const unknown = names.filter((name) => !isImageName(name));
  if (unknown.length > 0) throw new StepFailure(`there is no image of ${unknown.join(', ')}; there are: ${imageNames.join(', ')}`);
  return names.length === 0 ? [...imageNames] : imageNames.filter((name) => names.includes(name));
}
