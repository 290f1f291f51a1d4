import { Client } from '@elastic/elasticsearch';

/** The HTTPEndpoints of components/ that lead to Elasticsearch, and what a call of each may take: more than its policies (components/resiliency.yaml). */
export const searchTimeoutsMs = {
  /** For those who wait: given up soon. */
  elasticsearch: 5_000,
  /** For builds and checks of an index: tried again for a minute or two. */
  'elasticsearch-bulk': 150_000,
} as const;

/** Elasticsearch through the own sidecar, where timeouts, retries and the circuit breaker are; so the client itself neither retries nor judges. */
export function createSearchClient(options: { httpPort: number; apiToken: string; endpoint?: keyof typeof searchTimeoutsMs }): Client {
  const { httpPort, apiToken, endpoint = 'elasticsearch' } = options;
  return new Client({
    node: `http://127.0.0.1:${httpPort}/v1.0/invoke/${endpoint}/method`,
    headers: { 'dapr-api-token': apiToken },
    maxRetries: 0,
    requestTimeout: searchTimeoutsMs[endpoint],
  });
}

// Two to four seconds apart.
const directRetries = 40;

/** Elasticsearch itself, for programs without a sidecar: the client tries again in its place while there is no connection. @param url its address */
export function createDirectClient(url: string): Client {
  return new Client({ node: url, maxRetries: directRetries, requestTimeout: 30_000 });
}
