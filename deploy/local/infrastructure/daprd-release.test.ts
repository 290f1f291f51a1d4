import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { profileFolders } from '../profile.ts';
import { Progress } from '../progress.ts';
import { downloadDaprd, releaseArchive } from './daprd-release.ts';

let folder: string;
let server: Server;
let release: string;
const files = new Map<string, Buffer | string>();
const context = { folders: profileFolders('test'), progress: new Progress({ quiet: true }), signal: new AbortController().signal };

beforeEach(async () => {
  folder = mkdtempSync(`${tmpdir()}/ticketing-release-`);
  writeFileSync(`${folder}/daprd`, 'the program');
  execFileSync('tar', ['-czf', `${folder}/archive`, '-C', folder, 'daprd']);
  const archive = readFileSync(`${folder}/archive`);
  const name = `/${releaseArchive() ?? ''}`;
  files.clear();
  files.set(name, archive);
  files.set(`${name}.sha256`, `${createHash('sha256').update(archive).digest('hex')} *${name}\n`);
  server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  release = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('the archive of a release', () => {
  it.each([
    ['linux', 'x64', 'daprd_linux_amd64.tar.gz'],
    ['linux', 'arm64', 'daprd_linux_arm64.tar.gz'],
    ['darwin', 'arm64', 'daprd_darwin_arm64.tar.gz'],
    ['linux', 'ppc64', undefined],
    ['freebsd', 'x64', undefined],
  ])('for %s on %s is %s', (platform, architecture, archive) => {
    expect(releaseArchive(platform, architecture)).toBe(archive);
  });

  it('gives the program when its digest is the published one', async () => {
    await downloadDaprd(context, `${folder}/target`, release);
    expect(readFileSync(`${folder}/target`, 'utf8')).toBe('the program');
  });

  it.each(['0'.repeat(64), ''])('is refused when the published digest is "%s"', async (digest) => {
    files.set(`/${releaseArchive() ?? ''}.sha256`, digest);
    await expect(downloadDaprd(context, `${folder}/target`, release)).rejects.toThrow('has not the digest');
  });

  it('is refused when it breaks off', async () => {
    const [[name = '', archive = ''] = []] = files;
    files.clear();
    server.removeAllListeners('request').on('request', (request, response) => {
      if (request.url !== name) response.end('0'.repeat(64));
      else response.writeHead(200, { 'content-length': archive.length }).write('half of it', () => response.destroy());
    });
    await expect(downloadDaprd(context, `${folder}/target`, release)).rejects.toThrow('does not answer');
  });

  it('is missed when there is none, and when nobody answers', async () => {
    files.clear();
    await expect(downloadDaprd(context, `${folder}/target`, release)).rejects.toThrow('answers 404');
    server.close();
    server.closeAllConnections();
    await expect(downloadDaprd(context, `${folder}/target`, release)).rejects.toThrow('does not answer');
  });
});
