import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { localFolder, repositoryRoot } from '../../local/profile.ts';
import { serviceNames } from '../../local/services.ts';
import { copyLibraries, prepareTree } from './copy-programs.ts';
import { type Image, writeImageArchive } from './image-archive.ts';

const execute = promisify(execFile);
const longestOutputBytes = 16 * 1024 * 1024;
const unprivileged = 65_532;

/** The images of deploy/images/Dockerfile, made on a machine without an engine: from its own Node.js and the built workspaces. */
export interface ServiceImages {
  readonly registry: string;
  /** The same images under each of these tags. */
  readonly tags: readonly string[];
  /** The sidecar's program, which becomes the image `daprd`. */
  readonly daprd: string;
  /** Takes an archive into the cluster. */
  readonly load: (file: string) => Promise<void>;
}

const packageSchema = z.object({ name: z.string() });

/** The folders that services need at run time: their packages, and the workspaces among them. */
async function productionFolders(): Promise<string[]> {
  const workspaces = serviceNames.map((service) => `--workspace=@ticketing/${service}`);
  const { stdout } = await execute('npm', ['ls', '--omit=dev', '--all', '--parseable', ...workspaces], {
    cwd: repositoryRoot,
    maxBuffer: longestOutputBytes,
  });
  const folders = stdout.split('\n').filter((line) => line.startsWith(repositoryRoot) && line !== repositoryRoot);
  // Workspaces are listed as the links that npm made to them.
  return [...new Set(folders.map((folder) => realpathSync(folder)))];
}

/** Lays packages and shared workspaces out as the Dockerfile does, in one layer for all services, and each service in one of its own. */
async function layOutServices(work: string): Promise<void> {
  for (const folder of await productionFolders()) {
    const path = relative(repositoryRoot, folder);
    if (path.includes('node_modules/')) {
      // Packages within a package are folders of the list themselves.
      const filter = (file: string): boolean => !file.slice(folder.length).includes('/node_modules');
      cpSync(folder, `${work}/packages/app/${path}`, { recursive: true, filter });
    } else {
      const service = serviceNames.find((name) => path === `services/${name}`);
      layOutWorkspace(folder, path, `${work}/${service ?? 'packages'}/app`);
    }
  }
}

function layOutWorkspace(folder: string, path: string, target: string): void {
  for (const part of ['package.json', 'dist']) cpSync(`${folder}/${part}`, `${target}/${path}/${part}`, { recursive: true });
  const { name } = packageSchema.parse(JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')));
  const link = `${target}/node_modules/${name}`;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), `${target}/${path}`), link);
}

/** A program with the libraries that it is linked against, and as much of a system as it asks for. */
async function layOutProgram(program: string, layer: string, place: string, plugins: readonly string[] = []): Promise<void> {
  prepareTree(layer);
  cpSync(program, `${layer}${place}`, { dereference: true });
  await copyLibraries(layer, '/', [program, ...plugins]);
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(certificates)) cpSync(certificates, `${layer}${certificates}`, { dereference: true });
  writeFileSync(`${layer}/etc/passwd`, `nonroot:x:${unprivileged}:${unprivileged}::/tmp:/sbin/nologin\n`);
  writeFileSync(`${layer}/etc/nsswitch.conf`, 'hosts: files dns\n');
}

/** Compiled parts of packages, which bring needs of their own. */
function nativeModules(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.node')).map((file) => `${folder}/${file}`);
}

const User = `${unprivileged}:${unprivileged}`;

/** Makes and loads the images of all services and of the sidecar. The workspaces must have been built. */
export async function loadServiceImages({ registry, tags, daprd, load }: ServiceImages): Promise<void> {
  mkdirSync(localFolder, { recursive: true });
  const work = mkdtempSync(`${localFolder}/images-`);
  try {
    await layOutServices(work);
    await layOutProgram(process.execPath, `${work}/node`, '/usr/bin/node', nativeModules(`${work}/packages`));
    await layOutProgram(daprd, `${work}/daprd`, '/daprd');
    const services = serviceNames.flatMap((service) =>
      tags.map((tag): Image => {
        const config = {
          Cmd: ['node', 'dist/main.js'],
          User,
          WorkingDir: `/app/services/${service}`,
          Env: ['PATH=/usr/bin', 'NODE_ENV=production'],
        };
        return { name: `${registry}/${service}:${tag}`, layers: [`${work}/node`, `${work}/packages`, `${work}/${service}`], config };
      }),
    );
    const sidecar: Image = {
      name: `${registry}/daprd:${tags[0] ?? ''}`,
      layers: [`${work}/daprd`],
      config: { User },
    };
    await writeImageArchive(`${work}/images.tar`, ...services, sidecar);
    await load(`${work}/images.tar`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
