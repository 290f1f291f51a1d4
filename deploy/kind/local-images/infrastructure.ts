import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { buildOnce, contentHash } from '../../local/cached-build.ts';
import { requireExecutable } from '../../local/executables.ts';
import { ensureElasticsearchJars, ensureKafkaJars } from '../../local/infrastructure/jars.ts';
import { findJdk } from '../../local/infrastructure/java.ts';
import { ensureMysqlRootfs } from '../../local/infrastructure/mysql.ts';
import { repositoryRoot } from '../../local/profile.ts';
import type { StackContext } from '../../local/stack-context.ts';
import { copyPrograms, prepareTree } from './copy-programs.ts';
import type { ImageConfig } from './image-archive.ts';
import { writeImageArchive } from './image-archive.ts';
import { ensureJavaRuntime } from './java-runtime.ts';

const sources = `${repositoryRoot}deploy/kind/local-images`;
/** What the images are made by and of, beside the machine's own programs. */
const ingredients = ['infrastructure.ts', 'copy-programs.ts', 'image-archive.ts', 'mysql', 'kafka', 'elasticsearch'].map(
  (name) => `${sources}/${name}`,
);
const machine = '/';
const shellPrograms = 'sh bash cat cp dd grep head ls mkdir mktemp mv od rm sed sleep tail timeout tr wc'.split(' ');
const redisPrograms = ['redis-server', 'redis-cli'];
/** Open to every user, as Docker then makes a new volume that is mounted there. */
const openToAll = 0o1777;
const javaConfig: ImageConfig = { User: '1000:1000', Env: ['PATH=/opt/java/bin:/usr/bin:/usr/sbin', 'LANG=C.UTF-8'] };
const databaseConfig: ImageConfig = { User: '999:999', Env: ['PATH=/usr/bin:/usr/sbin', 'LANG=C.UTF-8'] };

const partNames = ['mysql', 'redis', 'kafka', 'elasticsearch'] as const;
type PartName = (typeof partNames)[number];
const part = z.object({ image: z.string() });
const chartValues = z.object({ mysql: part, redis: part, kafka: part });

interface Recipe {
  /** Changes whenever what goes into the image does. */
  readonly versions: readonly string[];
  readonly config: ImageConfig;
  /** Makes the layers, in the given folder or elsewhere, and returns their folders. */
  readonly layers: (work: string) => Promise<readonly string[]>;
}

function versionOf(command: string, ...args: string[]): string {
  return execFileSync(requireExecutable(command), args, { encoding: 'utf8' });
}

/** @param folders to which the image's own user writes */
async function userland(layer: string, root: string, programs: readonly string[], folders: readonly string[]): Promise<void> {
  prepareTree(layer);
  await copyPrograms(layer, root, [...shellPrograms, ...programs]);
  for (const folder of folders) {
    mkdirSync(`${layer}/${folder}`, { recursive: true });
    chmodSync(`${layer}/${folder}`, openToAll);
  }
}

async function mysqlRecipe(context: StackContext): Promise<Recipe> {
  const root = await ensureMysqlRootfs(context);
  return {
    versions: [versionOf('chroot', root, '/usr/sbin/mysqld', '--version')],
    config: { ...databaseConfig, Entrypoint: ['/usr/bin/docker-entrypoint.sh'], Cmd: ['mysqld'] },
    layers: async (work) => {
      const tree = `${work}/tree`;
      await userland(tree, root, ['mysqld', 'mysql', 'mysqldump'], ['var/lib/mysql', 'var/run/mysqld', 'tmp']);
      for (const folder of ['usr/share/mysql', 'usr/lib/mysql/plugin'])
        cpSync(`${root}/${folder}`, `${tree}/${folder}`, { recursive: true });
      return [tree, `${sources}/mysql`];
    },
  };
}

function redisRecipe(): Recipe {
  return {
    versions: [versionOf('redis-server', '--version')],
    config: { ...databaseConfig, Cmd: ['redis-server'], WorkingDir: '/data' },
    layers: async (work) => {
      await userland(`${work}/tree`, machine, redisPrograms, ['data']);
      return [`${work}/tree`];
    },
  };
}

async function kafkaRecipe(context: StackContext): Promise<Recipe> {
  const jdk = findJdk();
  const home = await ensureKafkaJars(context, jdk);
  const runtime = await ensureJavaRuntime(context, jdk);
  return {
    versions: [basename(home), basename(runtime)],
    config: { ...javaConfig, Cmd: ['/etc/kafka/docker/run'] },
    layers: async (work) => {
      const tree = `${work}/tree`;
      await userland(tree, machine, [], ['var/lib/kafka/data', 'tmp']);
      cpSync(`${home}/lib`, `${tree}/opt/kafka/libs`, { recursive: true });
      return [runtime, tree, `${sources}/kafka`];
    },
  };
}

async function elasticsearchRecipe(context: StackContext): Promise<Recipe> {
  const jdk = findJdk();
  const home = await ensureElasticsearchJars(context, jdk);
  const runtime = await ensureJavaRuntime(context, jdk);
  return {
    versions: [basename(home), basename(runtime)],
    config: { ...javaConfig, Entrypoint: ['/usr/bin/docker-entrypoint.sh'] },
    layers: async (work) => {
      const tree = `${work}/tree`;
      await userland(tree, machine, ['curl'], ['usr/share/elasticsearch/data', 'usr/share/elasticsearch/logs', 'tmp']);
      for (const folder of ['lib', 'modules']) {
        cpSync(`${home}/${folder}`, `${tree}/usr/share/elasticsearch/${folder}`, { recursive: true, dereference: true });
      }
      return [runtime, tree, `${sources}/elasticsearch`];
    },
  };
}

/** The name of the image that stands in for the one of deploy/images/elasticsearch, in the version that it is made of there. */
export function elasticsearchImage(): string {
  const dockerfile = readFileSync(`${repositoryRoot}deploy/images/elasticsearch/Dockerfile`, 'utf8');
  const version = /^FROM \S+:(\S+)$/m.exec(dockerfile)?.[1];
  if (version === undefined) throw new Error('the Dockerfile of Elasticsearch does not say which version it is made of');
  return `docker.io/ticketing/elasticsearch:${version}`;
}

/** The images that the chart asks for, and the one that it has to be given. */
function imageNames(): Record<PartName, string> {
  const { mysql, redis, kafka } = chartValues.parse(parse(readFileSync(`${repositoryRoot}charts/ticketing-infra/values.yaml`, 'utf8')));
  return { mysql: mysql.image, redis: redis.image, kafka: kafka.image, elasticsearch: elasticsearchImage() };
}

/** The image's archive, built once for each set of versions. */
async function ensureArchive(part: PartName, name: string, { versions, config, layers }: Recipe): Promise<string> {
  const hash = createHash('sha256')
    .update(JSON.stringify([name, versions, contentHash(ingredients)]))
    .digest('hex')
    .slice(0, 16);
  const folder = await buildOnce(`image-${part}-${hash}`, async (target) => {
    const work = `${target}/work`;
    mkdirSync(work, { recursive: true });
    await writeImageArchive(`${target}/image.tar`, { name, layers: await layers(work), config });
    rmSync(work, { recursive: true });
  });
  return `${folder}/image.tar`;
}

/**
 * Images of the infrastructure for a cluster on a machine that has no registry. They are made of what the local stack runs, and have the
 * names of charts/ticketing-infra and as much of the official images' programs and folders as it uses.
 * @param load brings an archive to the cluster's nodes, for example by `kind load image-archive`
 */
export async function loadInfrastructureImages(context: StackContext, load: (archive: string) => Promise<void>): Promise<void> {
  const recipes: Record<PartName, () => Recipe | Promise<Recipe>> = {
    mysql: () => mysqlRecipe(context),
    redis: redisRecipe,
    kafka: () => kafkaRecipe(context),
    elasticsearch: () => elasticsearchRecipe(context),
  };
  const names = imageNames();
  for (const part of partNames) {
    context.signal.throwIfAborted();
    const name = names[part];
    await context.progress.step(`image ${name}`, async () => load(await ensureArchive(part, name, await recipes[part]())));
  }
}
