import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { stringify } from 'yaml';
import { buildOnce, isCached } from '../cached-build.ts';
import { findExecutable, requireExecutable } from '../executables.ts';
import { launchProcess, waitUntilReady } from '../managed-process.ts';
import type { ProcessSpec } from '../process-record.ts';
import { writePrivateFile } from '../process-record.ts';
import { cacheFolder } from '../profile.ts';
import { runCommand } from '../run-command.ts';
import type { StackContext } from '../stack-context.ts';
import { allTogether, logFile } from '../stack-context.ts';
import type { InstanceDescription } from '../stack-description.ts';
import { findJdk, quickStartFlags } from './java.ts';

const zipkinVersion = '3.5.1';
const zipkinCacheName = `zipkin-${zipkinVersion}`;
const scrapeInterval = '5s';

export interface ObservabilityUrls {
  readonly zipkinUrl?: string;
  readonly prometheusUrl?: string;
  /** Where spans are sent. */
  readonly traceUrl?: string;
}

export function observabilityUrls({ ports }: StackContext): Required<ObservabilityUrls> {
  const zipkinUrl = `http://127.0.0.1:${ports.zipkin}`;
  return { zipkinUrl, prometheusUrl: `http://127.0.0.1:${ports.prometheus}`, traceUrl: `${zipkinUrl}/api/v2/spans` };
}

export function isZipkinCached(): boolean {
  return isCached(zipkinCacheName);
}

async function ensureZipkinJar(context: StackContext): Promise<string> {
  const download = (target: string) =>
    runCommand(
      findExecutable('mvn') ?? 'mvn',
      ['-B', '-ntp', 'dependency:copy', `-Dartifact=io.zipkin:zipkin-server:${zipkinVersion}:jar:exec`, `-DoutputDirectory=${target}`],
      {
        log: logFile(context, 'zipkin-download'),
        cwd: cacheFolder,
        signal: context.signal,
        fix: 'check the network, or leave out --observe',
      },
    );
  const folder = await buildOnce(zipkinCacheName, async (target) => {
    await download(target);
    const [jar] = readdirSync(target);
    if (jar !== undefined) renameSync(`${target}/${jar}`, `${target}/zipkin.jar`);
  });
  return `${folder}/zipkin.jar`;
}

function zipkinSpec(context: StackContext, jar: string): ProcessSpec {
  const jdk = findJdk();
  return {
    name: 'zipkin',
    kind: 'observability',
    command: jdk.java,
    args: [...quickStartFlags(jdk, `${cacheFolder}/zipkin.jsa`, '256m'), '-jar', jar],
    env: { STORAGE_TYPE: 'mem', QUERY_PORT: String(context.ports.zipkin), MEM_MAX_SPANS: '200000' },
    cwd: context.folders.root,
    log: logFile(context, 'zipkin'),
    readiness: { kind: 'http', url: `${observabilityUrls(context).zipkinUrl}/health`, status: 200, headers: {} },
    readyTimeoutMs: 90_000,
    stopTimeoutMs: 20_000,
  };
}

function scrapeConfiguration(instances: readonly InstanceDescription[]): string {
  const job = (name: string, port: (instance: InstanceDescription) => number) => ({
    job_name: name,
    static_configs: instances.map((instance) => ({
      targets: [`127.0.0.1:${port(instance)}`],
      labels: { service: instance.service, instance: instance.name },
    })),
  });
  return stringify({
    global: { scrape_interval: scrapeInterval },
    scrape_configs: [job('services', ({ appPort }) => appPort), job('sidecars', ({ daprMetricsPort }) => daprMetricsPort)],
  });
}

function prometheusSpec(context: StackContext, instances: readonly InstanceDescription[]): ProcessSpec {
  const data = `${context.folders.data}/prometheus`;
  const configuration = `${context.folders.root}/prometheus.yml`;
  mkdirSync(data, { recursive: true });
  writePrivateFile(configuration, scrapeConfiguration(instances));
  return {
    name: 'prometheus',
    kind: 'observability',
    command: requireExecutable('prometheus'),
    args: [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=1d',
      `--web.listen-address=127.0.0.1:${context.ports.prometheus}`,
    ],
    env: {},
    cwd: data,
    log: logFile(context, 'prometheus'),
    readiness: { kind: 'http', url: `${observabilityUrls(context).prometheusUrl}/-/ready`, status: 200, headers: {} },
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 20_000,
  };
}

/** Zipkin, in memory, for traces, and Prometheus scraping every service and every sidecar. */
export async function startObservability(context: StackContext, instances: readonly InstanceDescription[]): Promise<void> {
  const { progress, profile, signal } = context;
  const start = async (spec: ProcessSpec): Promise<void> => {
    signal.throwIfAborted();
    await waitUntilReady(await launchProcess(profile, spec), { signal });
  };
  await allTogether(context, [
    progress.step('Zipkin', async () => start(zipkinSpec(context, await ensureZipkinJar(context)))),
    progress.step('Prometheus', () => start(prometheusSpec(context, instances))),
  ]);
}
