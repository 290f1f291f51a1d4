import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findExecutable } from './executables.ts';
import { runCommand } from './run-command.ts';
import { logFile, type ToolContext } from './stack-context.ts';
import { StepFailure } from './step-failure.ts';

interface Prerequisite {
  readonly commands: readonly string[];
  readonly debianPackages: readonly string[];
}

const mariadb: Prerequisite = { commands: ['mariadbd', 'mysqld'], debianPackages: ['mariadb-server'] };
const redis: Prerequisite = { commands: ['redis-server'], debianPackages: ['redis-server'] };
const maven: Prerequisite = { commands: ['mvn'], debianPackages: ['maven'] };
/** Comes with promtool, which the tests of the alerts use. */
export const prometheus: Prerequisite = { commands: ['prometheus'], debianPackages: ['prometheus'] };
/** Builds the file tree of a MySQL that Debian's stable distribution has not. */
export const debootstrap: Prerequisite = { commands: ['debootstrap'], debianPackages: ['debootstrap', 'debian-archive-keyring'] };

/** Debian starts a server when its package is installed, unless this script says no. */
const startPolicyFile = '/usr/sbin/policy-rc.d';
const refuseToStart = '#!/bin/sh\nexit 101\n';

export interface PrerequisiteOptions {
  /** The parts run as processes of this machine, not in containers. */
  readonly native: boolean;
  readonly mysql: boolean;
  readonly observe: boolean;
  readonly maven: boolean;
}

export function neededPrerequisites(options: PrerequisiteOptions): Prerequisite[] {
  const needed = options.native ? [redis] : [];
  if (options.native && !options.mysql) needed.push(mariadb);
  if (options.maven) needed.push(maven);
  if (options.observe) needed.push(prometheus);
  return needed;
}

/** Installs what is missing with apt when this is root on Debian, else says what is missing. */
export async function ensurePrerequisites(context: ToolContext, prerequisites: readonly Prerequisite[]): Promise<void> {
  const missing = prerequisites.filter(({ commands }) => findExecutable(...commands) === undefined);
  if (missing.length === 0) return;
  const packages = missing.flatMap(({ debianPackages }) => debianPackages);
  if (process.getuid?.() !== 0 || !findExecutable('apt-get')) {
    throw new StepFailure(`not installed: ${missing.map(({ commands }) => commands[0]).join(', ')}`, {
      fix: `install them, on Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}`,
    });
  }
  await context.progress.step(`installing ${packages.join(', ')}`, () => installPackages(context, packages));
}

async function installPackages(context: ToolContext, packages: readonly string[]): Promise<void> {
  const options = { log: logFile(context, 'apt'), signal: context.signal, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  const fix = `look at the log; try by hand: apt-get install ${packages.join(' ')}`;
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  const ownPolicy = !existsSync(startPolicyFile);
  if (ownPolicy) writeFileSync(startPolicyFile, refuseToStart, { mode: 0o755 });
  try {
    await runCommand('apt-get', ['update'], { ...options, fix });
    await runCommand('apt-get', install, { ...options, fix });
  } finally {
    if (ownPolicy) rmSync(startPolicyFile, { force: true });
  }
}
