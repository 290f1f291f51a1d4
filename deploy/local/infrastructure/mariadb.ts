import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { requireExecutable } from '../executables.ts';
import type { ProcessSpec } from '../process-record.ts';
import { writePrivateFile } from '../process-record.ts';
import { runCommand } from '../run-command.ts';
import type { StackContext } from '../stack-context.ts';
import { listenAddresses, logFile } from '../stack-context.ts';
import { databaseSettings, initFileContent, witnessAccount } from './database-accounts.ts';

/** A socket's path must fit into the kernel's 108 bytes, whatever the folder of the repository is called. */
const longestSocketPath = 100;

function mariadbSocket(context: StackContext): string {
  const preferred = `${context.folders.root}/mariadb.sock`;
  if (preferred.length <= longestSocketPath) return preferred;
  return `${tmpdir()}/ticketing-${createHash('sha256').update(preferred).digest('hex').slice(0, 12)}.sock`;
}

/** The server refuses to run as root unless told so; a folder below root's home is closed to any other user. */
function userFlags(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

/** Installs the system tables; an installation that was interrupted is done again from nothing. */
async function initialise(context: StackContext, data: string): Promise<void> {
  const initialised = `${context.folders.data}/mariadb-initialised`;
  if (existsSync(initialised)) return;
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const install = requireExecutable('mariadb-install-db', 'mysql_install_db');
  await runCommand(
    install,
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...userFlags()],
    {
      log: logFile(context, 'mariadb'),
      signal: context.signal,
    },
  );
  writeFileSync(initialised, '');
}

export async function mariadbSpec(context: StackContext): Promise<ProcessSpec> {
  const data = `${context.folders.data}/mariadb`;
  await initialise(context, data);
  const initFile = `${context.folders.root}/mariadb-accounts.sql`;
  writePrivateFile(initFile, initFileContent(context.secrets));
  return {
    name: 'mariadb',
    kind: 'infrastructure',
    command: requireExecutable('mariadbd', 'mysqld'),
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      `--port=${context.ports.mariadb}`,
      `--bind-address=${listenAddresses(context).join(',')}`,
      `--socket=${mariadbSocket(context)}`,
      `--pid-file=${data}/mariadb.pid`,
      `--init-file=${initFile}`,
      ...databaseSettings,
      ...userFlags(),
    ],
    env: {},
    cwd: data,
    log: logFile(context, 'mariadb'),
    readiness: { kind: 'mysql', port: context.ports.mariadb, ...witnessAccount(context.secrets) },
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 30_000,
  };
}
