import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { writeImageArchive } from './image-archive.ts';

const manifestSchema = z.tuple([z.object({ Config: z.string(), RepoTags: z.array(z.string()), Layers: z.array(z.string()) })]);
const configSchema = z.looseObject({ config: z.unknown(), rootfs: z.object({ diff_ids: z.array(z.string()) }) });

describe('an image archive', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/image-archive-`);
    mkdirSync(`${folder}/base/bin`, { recursive: true });
    writeFileSync(`${folder}/base/bin/program`, 'first', { mode: 0o700 });
    symlinkSync('program', `${folder}/base/bin/link`);
    mkdirSync(`${folder}/empty`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string): Promise<void> =>
    writeImageArchive(`${folder}/out/${name}`, {
      name: 'docker.io/ticketing/sample:1',
      layers: [`${folder}/base`, `${folder}/empty`],
      config: { Cmd: ['/bin/program'], User: '65532:65532' },
    });

  function unpack(archive: string): string {
    const target = `${folder}/unpacked`;
    mkdirSync(target);
    execFileSync('tar', ['--extract', `--file=${archive}`, `--directory=${target}`]);
    return target;
  }

  it('is the same for the same files, whenever they were written', async () => {
    await write('one.tar');
    utimesSync(`${folder}/base/bin/program`, 1, 1);
    await write('two.tar');
    expect(readFileSync(`${folder}/out/one.tar`).equals(readFileSync(`${folder}/out/two.tar`))).toBe(true);
    expect(readdirSync(`${folder}/out`)).toEqual(['one.tar', 'two.tar']);
  });

  it('names the image, its configuration and its layers from the lowest to the highest', async () => {
    await write('image.tar');
    const unpacked = unpack(`${folder}/out/image.tar`);
    const [manifest] = manifestSchema.parse(JSON.parse(readFileSync(`${unpacked}/manifest.json`, 'utf8')));
    const config = configSchema.parse(JSON.parse(readFileSync(`${unpacked}/${manifest.Config}`, 'utf8')));
    expect(manifest.RepoTags).toEqual(['docker.io/ticketing/sample:1']);
    expect(config.config).toEqual({ Cmd: ['/bin/program'], User: '65532:65532' });
    expect(config.rootfs.diff_ids).toEqual(manifest.Layers.map((layer) => `sha256:${layer.replace('.tar', '')}`));
    const lists = manifest.Layers.map((layer) =>
      execFileSync('tar', ['--list', '--verbose', '--numeric-owner', `--file=${unpacked}/${layer}`], { encoding: 'utf8' }),
    );
    // Nothing about the root folder itself, all of it root's, and readable for others.
    expect(lists).toEqual([
      expect.stringMatching(/^drwxr-xr-x 0\/0 .* bin\/\nlrwxrwxrwx 0\/0 .* bin\/link -> program\n-rwxr-xr-x 0\/0 .* bin\/program\n$/),
      '',
    ]);
  });
});
