import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { findExecutable, isExecutable } from '../executables.ts';
import { StepFailure } from '../step-failure.ts';

export interface Jdk {
  readonly home: string;
  readonly java: string;
  readonly major: number;
}

const installationFolder = '/usr/lib/jvm';
/** Runtimes newer than this were not tried; one of them is taken only when there is nothing else. */
const newestTried = 25;
const oldestForElasticsearch = 21;
/** First with an archive of loaded classes that keeps itself up to date: half the start time. */
const firstWithAutomaticArchive = 19;

function candidateHomes(): string[] {
  const installed = existsSync(installationFolder) ? readdirSync(installationFolder).map((name) => `${installationFolder}/${name}`) : [];
  const onPath = findExecutable('java');
  const ofPath = onPath === undefined ? undefined : dirname(dirname(realpathSync(onPath)));
  return [process.env['JAVA_HOME'], ...installed, ofPath].flatMap((home) => (home ? [home] : []));
}

function readJdk(home: string): Jdk | undefined {
  const releaseFile = `${home}/release`;
  if (!existsSync(releaseFile) || !isExecutable(`${home}/bin/javac`)) return undefined;
  const major = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(releaseFile, 'utf8'))?.[1];
  return major === undefined ? undefined : { home, java: `${home}/bin/java`, major: Number(major) };
}

function installedJdks(): Jdk[] {
  return candidateHomes().flatMap((home) => readJdk(home) ?? []);
}

function chooseJdk(jdks: readonly Jdk[]): Jdk | undefined {
  const usable = jdks.filter(({ major }) => major >= oldestForElasticsearch).sort((a, b) => b.major - a.major);
  return usable.find(({ major }) => major <= newestTried) ?? usable.at(-1);
}

export function hasJdk(): boolean {
  return chooseJdk(installedJdks()) !== undefined;
}

/** One JDK for both servers: the newest tried one, and new enough for Elasticsearch, which wants more than Kafka. */
export function findJdk(): Jdk {
  const jdks = installedJdks();
  const found = chooseJdk(jdks);
  if (found) return found;
  const seen = jdks.length > 0 ? `only ${jdks.map(({ home, major }) => `${major} (${home})`).join(', ')}` : 'none';
  throw new StepFailure(`Elasticsearch needs a JDK ${oldestForElasticsearch} or newer; found ${seen}`, {
    fix: 'install one (a package such as openjdk-21-jdk-headless, or Temurin 25), or set JAVA_HOME to it',
  });
}

/** JVM flags for a small server that must start quickly. */
export function quickStartFlags(jdk: Jdk, archive: string, heap: string): string[] {
  const flags = [`-Xmx${heap}`, '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError', '-Dfile.encoding=UTF-8', '-Djava.awt.headless=true'];
  if (jdk.major < firstWithAutomaticArchive) return flags;
  return [...flags, '-XX:+AutoCreateSharedArchive', `-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', '-Xlog:cds=off', '-Xlog:aot=off'];
}
