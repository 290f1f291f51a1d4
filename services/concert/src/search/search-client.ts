import { Client } from '@elastic/elasticsearch';

/**
 * Elasticsearch through the own sidecar, where its timeout and circuit breaker stand (components/resiliency.yaml);
 * so the client itself neither retries nor judges.
 */
export function createSearchClient(options: { httpPort: number; apiToken: string }): Client {
  return new Client({
    node: `http://127.0.0.1:${options.httpPort}/v1.0/invoke/elasticsearch/method`,
    headers: { 'dapr-api-token': options.apiToken },
    maxRetries: 0,
    requestTimeout: 5_000,
  });
}

/** Elasticsearch itself, for programs without a sidecar, which ask nothing in a hurry and try again by themselves. @param url its address */
export function createDirectClient(url: string): Client {
  return new Client({ node: url, maxRetries: 0, requestTimeout: 30_000 });
}
