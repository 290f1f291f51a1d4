import { mkdirSync } from 'node:fs';
import type { ProcessSpec } from '../process-record.ts';
import { cacheFolder, stackSources } from '../profile.ts';
import type { StackContext } from '../stack-context.ts';
import { listenAddresses, logFile } from '../stack-context.ts';
import type { Jdk } from './java.ts';
import { quickStartFlags } from './java.ts';

const heap = '384m';

/** As the server's own start script sets them, less what needs its native libraries. */
const serverFlags = [
  `-Xms${heap}`,
  '--enable-native-access=ALL-UNNAMED',
  '--add-modules=jdk.incubator.vector',
  '-Des.networkaddress.cache.ttl=60',
  '-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false',
  // Else the last lines of an orderly stop are lost.
  '-Dlog4j.shutdownHookEnabled=false',
  '-Dlog4j2.disable.jmx=true',
  '-Dio.netty.noUnsafe=true',
  '-Dio.netty.noKeySetOptimization=true',
  '-Dio.netty.recycler.maxCapacityPerThread=0',
  '-Dio.netty.allocator.numDirectArenas=0',
];

export function elasticsearchUrl(context: StackContext): string {
  return `http://127.0.0.1:${context.ports.elasticsearch}`;
}

/** HTTP answers before the shards are back; only the health call tells when searches work. */
export function elasticsearchReadiness(context: StackContext): ProcessSpec['readiness'] {
  return { kind: 'http', url: `${elasticsearchUrl(context)}/_cluster/health?wait_for_status=yellow&timeout=2s`, status: 200, headers: {} };
}

export function elasticsearchSpec(context: StackContext, jdk: Jdk, home: string): ProcessSpec {
  const data = `${context.folders.data}/elasticsearch`;
  mkdirSync(data, { recursive: true });
  const settings = {
    'http.host': listenAddresses(context).join(','),
    'http.port': context.ports.elasticsearch,
    'transport.port': context.ports['elasticsearch-transport'],
    'path.data': `${data}/data`,
    'path.logs': `${data}/logs`,
  };
  return {
    name: 'elasticsearch',
    kind: 'infrastructure',
    command: jdk.java,
    args: [
      ...quickStartFlags(jdk, `${cacheFolder}/elasticsearch.jsa`, heap),
      ...serverFlags,
      ...Object.entries(settings).map(([name, value]) => `-Des.set.${name}=${value}`),
      `-Des.path.home=${home}`,
      `-Des.path.conf=${stackSources}/elasticsearch/config`,
      '-cp',
      `${home}/lib/*`,
      'ticketing.elasticsearch.ElasticsearchServer',
    ],
    env: {},
    cwd: data,
    log: logFile(context, 'elasticsearch'),
    data,
    readiness: elasticsearchReadiness(context),
    readyTimeoutMs: 120_000,
    // The first stop also writes the class archive.
    stopTimeoutMs: 30_000,
  };
}
