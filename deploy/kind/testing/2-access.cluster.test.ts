import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { namespaces, openTestCluster, type TestCluster } from './cluster-target.ts';
import { type Answer, requestWithin, servicePods } from './pods.ts';
import { startStrangers } from './stranger.ts';

const sidecar = 'http://127.0.0.1:3500/v1.0';
const availability = '/ticketing.reservation.v1.ReservationService/GetAvailability';
const confirmation = '/ticketing.reservation.v1.ReservationService/ConfirmReservation';
const namespace = namespaces.first;
const strings = z.record(z.string(), z.string());
const template = z.object({ metadata: z.object({ labels: strings, annotations: strings }), spec: z.looseObject({}) });
const deploymentSchema = z.object({ spec: z.object({ template }) });
/** A question that makes sense, about a concert that there is not. */
const noConcert = JSON.stringify({ concertId: '00000000-0000-7000-8000-000000000000' });

let cluster: TestCluster;
const pods: Record<string, { name: string; address: string }> = {};
let endStrangers: () => Promise<void>;

beforeAll(async () => {
  cluster = openTestCluster();
  for (const service of ['queue', 'reservation', 'user']) {
    const [pod] = await servicePods(cluster.kubectl, namespace, service);
    pods[service] = { name: pod!.metadata.name, address: pod!.status.podIP! };
  }
  const { registry, tag } = cluster.images;
  const image = `${registry}/gateway:${tag}`;
  const stranger = { name: 'stranger', image, sidecarImage: `${registry}/daprd:${tag}` };
  endStrangers = await startStrangers(cluster.kubectl, namespace, stranger, { name: 'bystander', image });
}, 180_000);
afterAll(async () => {
  await endStrangers();
  await cluster.close();
});

/** Calls a service through the sidecar of the pod. */
function invoke(pod: string, appId: string, path: string, method: 'GET' | 'POST' = 'POST'): Promise<Answer> {
  const headers = { 'dapr-app-id': appId, 'content-type': 'application/json', 'connect-protocol-version': '1' };
  const request = {
    url: `http://127.0.0.1:3500${path}`,
    method,
    headers,
    asOwner: true,
    ...(method === 'POST' ? { body: noConcert } : {}),
  };
  return requestWithin(cluster.kubectl, namespace, pod, request);
}

describe('access control', () => {
  it('lets a declared caller use a declared operation', async () => {
    expect(await invoke(pods.queue!.name, 'reservation', availability)).toMatchObject({ status: 200 });
  });

  it('refuses a declared caller an operation that is declared for others only', async () => {
    const answer = await invoke(pods.queue!.name, 'reservation', confirmation);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatch(/PermissionDenied|access control policy has denied/);
  });

  it('refuses an operation that is declared for nobody, and another verb', async () => {
    expect((await invoke(pods.queue!.name, 'reservation', '/metrics', 'GET')).status).toBe(403);
    expect((await invoke(pods.queue!.name, 'reservation', '/events/performances')).status).toBe(403);
    expect((await invoke(pods.queue!.name, 'reservation', availability, 'GET')).status).toBe(403);
  });

  it('refuses a caller that is not declared at the service, although it is one of the product', async () => {
    expect((await invoke(pods.user!.name, 'reservation', availability)).status).toBe(403);
    expect((await invoke(pods.queue!.name, 'gateway', '/api/v1/concerts', 'GET')).status).toBe(403);
  });

  it('refuses a stranger with a sidecar of its own', async () => {
    expect((await invoke('stranger', 'reservation', availability)).status).toBe(403);
    expect((await invoke('stranger', 'user', '/ticketing.user.v1.UserService/GetUser')).status).toBe(403);
  });
});

describe('a pod without a sidecar', () => {
  it("is turned away at a service's own port, with or without a token of its own making", async () => {
    const url = `http://${pods.reservation!.address}:8080${availability}`;
    const request = { url, method: 'POST' as const, body: '{}', headers: { 'content-type': 'application/json' } };
    expect((await requestWithin(cluster.kubectl, namespace, 'bystander', request)).status).toBe(401);
    const forged = { ...request, headers: { ...request.headers, 'dapr-api-token': 'forged-token-of-some-length' } };
    expect((await requestWithin(cluster.kubectl, namespace, 'bystander', forged)).status).toBe(401);
  });

  it("finds the sidecar's own API closed, and cannot speak to its port for other sidecars without a certificate", async () => {
    for (const port of [3500, 50001]) {
      const closed = { url: `http://${pods.reservation!.address}:${port}/v1.0/metadata` };
      expect((await requestWithin(cluster.kubectl, namespace, 'bystander', closed)).status).toBe(0);
    }
    const plain = { url: `http://${pods.reservation!.address}:50002/` };
    expect((await requestWithin(cluster.kubectl, namespace, 'bystander', plain)).status).toBe(0);
    const withoutCertificate = { url: `https://${pods.reservation!.address}:50002/` };
    expect((await requestWithin(cluster.kubectl, namespace, 'bystander', withoutCertificate)).status).toBe(0);
  });

  it('is refused where it has the labels of a service, and taken when the injector gives it one', async () => {
    const deployment = await cluster.kubectl(['get', 'deployment', 'user', '--namespace', namespace, '--output', 'json']);
    const { metadata, spec } = deploymentSchema.parse(JSON.parse(deployment)).spec.template;
    const create = (annotations: Record<string, string>) => {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare', labels: metadata.labels, annotations }, spec };
      return cluster.kubectl(['create', '--dry-run=server', '--namespace', namespace, '--filename', '-'], JSON.stringify(pod));
    };
    await expect(create({})).rejects.toThrow('Dapr has injected no sidecar');
    expect(await create(metadata.annotations)).toContain('pod/bare created');
  });
});

describe('a sidecar', () => {
  it('serves its own service only: whoever has no token is refused', async () => {
    const url = `${sidecar}/metadata`;
    expect((await requestWithin(cluster.kubectl, namespace, pods.queue!.name, { url })).status).toBe(401);
    expect((await requestWithin(cluster.kubectl, namespace, pods.queue!.name, { url, asOwner: true })).status).toBe(200);
  });

  it('gives out the secrets of its service and no others', async () => {
    const secret = (name: string) =>
      requestWithin(cluster.kubectl, namespace, pods.queue!.name, { url: `${sidecar}/secrets/ticketing-secrets/${name}`, asOwner: true });
    expect((await secret('PASS_SIGNING_KEYS')).status).toBe(200);
    for (const name of ['REDIS_PASSWORD', 'TICKET_SIGNING_KEYS', 'PATH']) expect((await secret(name)).status).toBe(403);
    const fromKubernetes = { url: `${sidecar}/secrets/kubernetes/ticketing-secrets`, asOwner: true };
    expect((await requestWithin(cluster.kubectl, namespace, pods.queue!.name, fromKubernetes)).status).not.toBe(200);
  });

  it('publishes to the topics of its service and to no others', async () => {
    const publish = (topic: string) =>
      requestWithin(cluster.kubectl, namespace, pods.queue!.name, {
        url: `${sidecar}/publish/ticketing-events/${topic}`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
        asOwner: true,
      });
    for (const topic of ['payments', 'reservations', 'performances']) expect((await publish(topic)).status).toBe(403);
  });
});
