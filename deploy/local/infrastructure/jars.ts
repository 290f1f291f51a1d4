import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { buildOnce, contentHash, isCached } from '../cached-build.ts';
import { findExecutable } from '../executables.ts';
import { stackSources } from '../profile.ts';
import { runCommand } from '../run-command.ts';
import type { StackContext } from '../stack-context.ts';
import { logFile } from '../stack-context.ts';
import type { Jdk } from './java.ts';

const kafkaPom = `${stackSources}/kafka/pom.xml`;
const elasticsearchPom = `${stackSources}/elasticsearch/pom.xml`;
const mavenFix = 'check the network and the Maven mirror in ~/.m2/settings.xml, then start again; what was downloaded is kept';
const pluginClasses = {
  'transport-netty4': 'org.elasticsearch.transport.netty4.Netty4Plugin',
  'ticketing-analysis': 'ticketing.elasticsearch.analysis.TicketingAnalysisPlugin',
};

function kafkaCacheName(): string {
  return `kafka-${contentHash([kafkaPom])}`;
}

function elasticsearchCacheName(): string {
  return `elasticsearch-${contentHash([elasticsearchPom, `${stackSources}/elasticsearch/src`])}`;
}

export function areJarsCached(): boolean {
  return isCached(kafkaCacheName()) && isCached(elasticsearchCacheName());
}

function maven(context: StackContext, jdk: Jdk, args: readonly string[]): Promise<void> {
  return runCommand(findExecutable('mvn') ?? 'mvn', ['-B', '-ntp', ...args], {
    log: logFile(context, 'maven'),
    env: { JAVA_HOME: jdk.home },
    signal: context.signal,
    fix: mavenFix,
    polite: true,
  });
}

/** The broker's jars, in lib/ of the returned folder. */
export function ensureKafkaJars(context: StackContext, jdk: Jdk): Promise<string> {
  return buildOnce(kafkaCacheName(), (home) =>
    maven(context, jdk, [
      '-f',
      kafkaPom,
      `-Dhome=${home}`,
      'dependency:copy-dependencies',
      `-DoutputDirectory=${home}/lib`,
      '-DincludeScope=runtime',
    ]),
  );
}

/** The search server's jars and modules, laid out as its home folder. */
export function ensureElasticsearchJars(context: StackContext, jdk: Jdk): Promise<string> {
  return buildOnce(elasticsearchCacheName(), async (home) => {
    await maven(context, jdk, ['-f', elasticsearchPom, `-Dhome=${home}`, 'package']);
    writePluginDescriptors(home);
    linkCompressionLibrary(home);
  });
}

/** The published plugin jar comes without the descriptor that the server looks for, and so does ours. */
function writePluginDescriptors(home: string): void {
  const serverJar = readdirSync(`${home}/lib`).find((file) => /^elasticsearch-\d[\d.]*\.jar$/.test(file));
  const version = serverJar?.slice('elasticsearch-'.length, -'.jar'.length) ?? '';
  for (const [name, className] of Object.entries(pluginClasses)) {
    const descriptor = { name, description: name, classname: className, version, 'elasticsearch.version': version, 'java.version': '21' };
    const lines = Object.entries(descriptor).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(`${home}/modules/${name}/plugin-descriptor.properties`, lines.join(''));
  }
}

/** zstd is native and not among the jars; without it the server starts too, with a warning, and cannot use one codec. */
function linkCompressionLibrary(home: string): void {
  const [platform, debianTriplet] = process.arch === 'arm64' ? ['linux-aarch64', 'aarch64-linux-gnu'] : ['linux-x64', 'x86_64-linux-gnu'];
  const library = `/usr/lib/${debianTriplet}/libzstd.so.1`;
  if (!existsSync(library)) return;
  mkdirSync(`${home}/lib/platform/${platform}`, { recursive: true });
  symlinkSync(library, `${home}/lib/platform/${platform}/libzstd.so`);
}
