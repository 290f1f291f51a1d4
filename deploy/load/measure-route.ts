import autocannon from 'autocannon';

/** Requests to send one after another on each connection, or one that is repeated. */
export type LoadRequest = Pick<autocannon.Request, 'method' | 'path' | 'body'> & { headers?: Record<string, string> };

export interface Load {
  url: string;
  /** They are taken in turn, over all connections. */
  requests: LoadRequest[];
  connections: number;
  /** How many requests in all. */
  amount: number;
}

/** What came of a load. */
export interface LoadResult {
  requestsPerSecond: number;
  /** CPU milliseconds of the serving processes per request. */
  cpuMsPerRequest: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Requests without an answer, or with another than 2xx or 304. */
  failed: number;
}

/**
 * Sends a bounded load and measures what it costs those who serve it.
 * @param cpu tells the CPU seconds that the serving processes have used so far
 */
export async function measureRoute({ url, requests, connections, amount }: Load, cpu: () => number): Promise<LoadResult> {
  const cpuBefore = cpu();
  const started = performance.now();
  let next = 0;
  const result = await autocannon({
    url,
    connections,
    amount,
    requests: [
      {
        setupRequest: (request) => {
          const wanted = requests[next++ % requests.length];
          return { ...request, ...wanted, headers: { ...request.headers, ...wanted?.headers } };
        },
      },
    ],
  });
  const seconds = (performance.now() - started) / 1_000;
  const cpuUsed = cpu() - cpuBefore;
  return {
    requestsPerSecond: amount / seconds,
    cpuMsPerRequest: (cpuUsed / amount) * 1_000,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: result.non2xx - (result.statusCodeStats?.['304']?.count ?? 0) + result.errors,
  };
}

/** A line per load: throughput as it was, and per core from the CPU time of the serving processes; `base` is the no-op route. */
export function formatLoads(loads: Record<string, LoadResult>, base: LoadResult): string {
  const rows = Object.entries(loads).map(([name, { requestsPerSecond, cpuMsPerRequest, p50, p99, failed }]) => [
    name,
    requestsPerSecond.toFixed(0),
    (1_000 / cpuMsPerRequest).toFixed(0),
    cpuMsPerRequest.toFixed(2),
    (cpuMsPerRequest / base.cpuMsPerRequest).toFixed(1),
    p50.toFixed(0),
    p99.toFixed(0),
    String(failed),
  ]);
  const table = [['load', 'requests/s', 'per core', 'CPU ms', 'x no-op', 'p50 ms', 'p99 ms', 'failed'], ...rows];
  return table.map(([name = '', ...cells]) => name.padEnd(28) + cells.map((cell) => cell.padStart(11)).join('')).join('\n');
}
