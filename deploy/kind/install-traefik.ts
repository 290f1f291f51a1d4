import { readFileSync } from 'node:fs';
import { repositoryRoot } from '../local/profile.ts';
import type { Kubectl } from './kubectl.ts';

const namespace = ['--namespace', 'traefik'];
const usedTypes = ['gatewayclasses', 'gateways', 'httproutes'].map((type) => `crd/${type}.gateway.networking.k8s.io`);

/** What controller.yaml installs, with that image of Traefik. */
export function controllerManifest(image: string): string {
  return readFileSync(`${repositoryRoot}deploy/kind/traefik/controller.yaml`, 'utf8').replace('image: traefik', `image: ${image}`);
}

/** Installs the types of the Gateway API and Traefik, and waits until its Gateway takes routes. */
export async function installTraefik(kubectl: Kubectl, image: string, types: string): Promise<void> {
  // Applied by the server: the types are too long for the annotation in which kubectl would keep them.
  await kubectl(['apply', '--server-side', '--filename', '-'], types);
  await kubectl(['wait', ...usedTypes, '--for', 'condition=Established', '--timeout', '1m']);
  await kubectl(['apply', '--filename', '-'], controllerManifest(image));
  await kubectl(['rollout', 'status', 'deployment/traefik', ...namespace, '--timeout', '5m']);
  await kubectl(['wait', 'gateway/public', ...namespace, '--for', 'condition=Programmed', '--timeout', '1m']);
}
