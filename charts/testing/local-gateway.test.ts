import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { controllerManifest } from '../../deploy/kind/install-traefik.ts';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { find, namesOf, onlyContainer, podOf } from './product-chart.ts';
import { type Manifest, parseManifests, renderChart } from './render-chart.ts';

const image = 'localhost:8095/traefik:dev-v3';
const gatewaySchema = z.looseObject({ gatewayClassName: z.string(), listeners: z.array(z.looseObject({ port: z.number() })) });
const clusterSchema = z.looseObject({
  nodes: z.array(z.looseObject({ extraPortMappings: z.array(z.looseObject({ containerPort: z.number() })) })),
});

const read = (file: string): unknown => parse(readFileSync(`${repositoryRoot}deploy/kind/${file}`, 'utf8'));
const controller = parseManifests(controllerManifest(image));
const traefik = onlyContainer(podOf(controller, 'Deployment', 'traefik'));
let product: Manifest[];
beforeAll(async () => {
  product = await renderChart('ticketing', { values: z.looseObject({}).parse(read('values.yaml')) });
});

/** The ports of Traefik's entry points, by name. */
function entryPoints(): Map<string, number> {
  const addresses = traefik.args.flatMap((argument) => {
    const [, name, port] = /^--entrypoints\.(\w+)\.address=:(\d+)$/.exec(argument) ?? [];
    return name === undefined ? [] : [[name, Number(port)] as const];
  });
  return new Map(addresses);
}

describe('the way into the local cluster', () => {
  it('is a route to the Gateway that the controller brings', () => {
    const gateway = find(controller, 'Gateway', 'public');
    const { gatewayClassName, listeners } = gatewaySchema.parse(gateway.spec);
    expect(namesOf(controller, 'GatewayClass')).toEqual([gatewayClassName]);
    expect(find(product, 'HTTPRoute', 'ticketing').spec).toMatchObject({
      parentRefs: [{ name: 'public', namespace: gateway.metadata.namespace }],
    });
    expect(namesOf(product, 'Ingress')).toEqual([]);
    expect(listeners.map(({ port }) => port)).toEqual([entryPoints().get('web')]);
  });

  it('has the ports of the node that are published', () => {
    const [node] = clusterSchema.parse(read('cluster.yaml')).nodes;
    const ports = traefik.ports.filter(({ hostPort }) => hostPort !== undefined);
    expect(ports.map(({ hostPort }) => hostPort)).toEqual(node?.extraPortMappings.map(({ containerPort }) => containerPort));
    expect(ports.map(({ containerPort }) => containerPort)).toEqual([...entryPoints().values()]);
  });

  it('ends no stream', () => {
    // By itself Traefik bounds how long it reads a request and how long it waits for the next one, not how long it answers.
    expect(traefik.args.filter((argument) => argument.includes('timeout'))).toEqual([]);
    expect(find(product, 'HTTPRoute', 'ticketing').spec).toMatchObject({ rules: [{ timeouts: { request: '0s' } }] });
  });

  it('is of the image that it is given', () => {
    expect(traefik.image).toBe(image);
  });
});
