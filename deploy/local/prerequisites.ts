import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findExecutable } from './executables.ts';
import { findDaprd } from './infrastructure/daprd-binary.ts';
import { areJarsCached } from './infrastructure/jars.ts';
import { hasJdk } from './infrastructure/java.ts';
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

function missingOf(prerequisites: readonly Prerequisite[]): Prerequisite[] {
  return prerequisites.filter(({ commands }) => findExecutable(...commands) === undefined);
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && findExecutable('apt-get') !== undefined;
}

/**
 * Looks whether this machine can do without containers, before anything is begun.
 * @param reason why there are none
 * @throws StepFailure with one line that says what to install
 */
export function requireNativeMeans(reason: string): void {
  const maven = !areJarsCached();
  const missing = missingOf(neededPrerequisites({ native: true, mysql: false, observe: false, maven }));
  const packages = mayInstall() ? [] : missing.flatMap(({ debianPackages }) => debianPackages);
  if (hasJdk() && packages.length === 0) return;
  const needed = [...(hasJdk() ? [] : ['a JDK 21 or newer']), ...(findExecutable('go') || findDaprd() ? [] : ['Go 1.26']), ...packages];
  throw new StepFailure(
    `${reason}: install Docker with its plugin compose, https://docs.docker.com/engine/install, or, to do without, ${needed.join(', ')}`,
  );
}

/** Installs what is missing with apt when this is root on Debian, else says what is missing. */
export async function ensurePrerequisites(context: ToolContext, prerequisites: readonly Prerequisite[]): Promise<void> {
  const missing = missingOf(prerequisites);
  if (missing.length === 0) return;
  const packages = missing.flatMap(({ debianPackages }) => debianPackages);
  if (!mayInstall()) {
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
