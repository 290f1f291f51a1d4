import { beforeAll, describe, expect, it } from '@jest/globals';
import { databases } from '../../deploy/local/services.ts';
import { find, onlyContainer, plainVariables, podOf, secretVariablesOf } from './product-chart.ts';
import { type Manifest, renderChart } from './render-chart.ts';

let manifests: Manifest[];
beforeAll(async () => {
  manifests = await renderChart('ticketing');
});

describe('the reindexer', () => {
  it('never runs by itself, and goes on in another pod when one failed', () => {
    expect(find(manifests, 'CronJob', 'ticketing-reindex').spec).toMatchObject({
      suspend: true,
      jobTemplate: { spec: { backoffLimit: 3, template: { spec: { restartPolicy: 'Never' } } } },
    });
  });

  it('builds with the image and the account of the concert service, past a sidecar that it does not have', () => {
    const template = podOf(manifests, 'CronJob', 'ticketing-reindex');
    expect(template.metadata.annotations).toEqual({});
    const container = onlyContainer(template);
    expect(container).toMatchObject({ image: 'registry.example/ticketing/concert:0.1.0', command: ['node', 'dist/reindex.js'] });
    expect(plainVariables(container)).toMatchObject({
      ...{ DB_HOST: 'infra-mysql', DB_PORT: '3306', DB_NAME: databases.concert, DB_USER: 'concert_app' },
      ...{ ELASTICSEARCH_URL: 'http://infra-elasticsearch:9200', SEARCH_REPLICAS: '0', REINDEX: 'build' },
    });
    expect(secretVariablesOf(container)).toEqual({ DB_PASSWORD: 'ticketing-secrets/concert-db-password' });
  });

  it('makes as many copies of an index as the service, where the service looks for it', async () => {
    const external = { elasticsearch: { host: 'search.example', port: 9201 } };
    const rendered = await renderChart('ticketing', { values: { external, services: { concert: { env: { SEARCH_REPLICAS: '2' } } } } });
    expect(plainVariables(onlyContainer(podOf(rendered, 'CronJob', 'ticketing-reindex')))).toMatchObject({
      ...{ ELASTICSEARCH_URL: 'http://search.example:9201', SEARCH_REPLICAS: '2' },
    });
  });

  it('is told what its pods may take', async () => {
    const resources = { requests: { cpu: '1' }, limits: { memory: '1Gi' } };
    const rendered = await renderChart('ticketing', { values: { reindex: { resources } } });
    expect(onlyContainer(podOf(rendered, 'CronJob', 'ticketing-reindex')).resources).toMatchObject({
      requests: { cpu: '1' },
      limits: { memory: '1Gi' },
    });
  });
});
