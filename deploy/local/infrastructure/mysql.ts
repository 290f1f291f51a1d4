import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { buildOnce } from '../cached-build.ts';
import { requireExecutable } from '../executables.ts';
import { debootstrap, ensurePrerequisites } from '../prerequisites.ts';
import type { ProcessSpec } from '../process-record.ts';
import { writePrivateFile } from '../process-record.ts';
import type { ProfileName } from '../profile.ts';
import { cacheFolder } from '../profile.ts';
import { runCommand } from '../run-command.ts';
import type { StackContext } from '../stack-context.ts';
import { listenAddresses, logFile } from '../stack-context.ts';
import { StepFailure } from '../step-failure.ts';
import { databaseSettings, initFileContent, witnessAccount } from './database-accounts.ts';

/**
 * A real MySQL on a Debian that has none: server and client of Debian's unstable distribution, in a file tree of its own that
 * it is run in by chroot, so that nothing of the machine changes. Its data lies within that tree.
 */
const cacheName = 'mysql-and-client-rootfs';
const rootfs = `${cacheFolder}/${cacheName}`;
const distribution = 'sid';
const packages = 'mysql-server-core,mysql-client-core';

/** The mirror that this machine's apt uses. */
function debianMirror(): string {
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' });
  const mirror = targets.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (mirror) return mirror;
  throw new StepFailure('no Debian mirror is configured in apt', { fix: '--mysql works on Debian only; leave it out to use MariaDB' });
}

export function ensureMysqlRootfs(context: StackContext): Promise<string> {
  if (process.getuid?.() !== 0)
    throw new StepFailure('--mysql builds and enters a file tree, which only root may do', { fix: 'leave out --mysql, or run as root' });
  return buildOnce(cacheName, async (target) => {
    await ensurePrerequisites(context, [debootstrap]);
    await runCommand('debootstrap', ['--variant=minbase', `--include=${packages}`, distribution, target, debianMirror()], {
      log: logFile(context, 'mysql-install'),
      signal: context.signal,
      fix: 'check the network and the Debian mirror in /etc/apt',
    });
  });
}

export function mysqlDataFolder(profile: ProfileName): string {
  return `${rootfs}/data/${profile}`;
}

function chrootArgs(args: readonly string[]): string[] {
  return [rootfs, '/usr/sbin/mysqld', '--no-defaults', '--user=root', ...args];
}

/** Installs the system tables; an installation that was interrupted is done again from nothing. */
async function initialise(context: StackContext): Promise<void> {
  const folder = mysqlDataFolder(context.profile);
  const initialised = `${folder}/initialised`;
  if (existsSync(initialised)) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const args = ['--initialize-insecure', `--datadir=/data/${context.profile}/tables`];
  await runCommand(requireExecutable('chroot'), chrootArgs(args), { log: logFile(context, 'mysql'), signal: context.signal });
  writeFileSync(initialised, '');
}

export async function mysqlSpec(context: StackContext): Promise<ProcessSpec> {
  await initialise(context);
  const folder = `/data/${context.profile}`;
  writePrivateFile(`${mysqlDataFolder(context.profile)}/accounts.sql`, initFileContent(context.secrets));
  return {
    name: 'mysql',
    kind: 'infrastructure',
    command: requireExecutable('chroot'),
    args: chrootArgs([
      `--datadir=${folder}/tables`,
      `--port=${context.ports.mariadb}`,
      `--bind-address=${listenAddresses(context).join(',')}`,
      `--socket=${folder}/mysql.sock`,
      `--pid-file=${folder}/mysql.pid`,
      `--init-file=${folder}/accounts.sql`,
      '--secure-file-priv=',
      '--mysqlx=OFF',
      '--skip-log-bin',
      ...databaseSettings,
    ]),
    env: {},
    cwd: rootfs,
    log: logFile(context, 'mysql'),
    readiness: { kind: 'mysql', port: context.ports.mariadb, ...witnessAccount(context.secrets) },
    readyTimeoutMs: 90_000,
    stopTimeoutMs: 30_000,
  };
}
