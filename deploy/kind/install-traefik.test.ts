import { expect, it } from '@jest/globals';
import { controllerManifest, installTraefik } from './install-traefik.ts';

it('installs the types of the Gateway API before a Gateway of theirs, and waits for it', async () => {
  const calls: { args: string[]; stdin: string | undefined }[] = [];
  const kubectl = (args: string[], stdin?: string): Promise<string> => {
    calls.push({ args, stdin });
    return Promise.resolve('');
  };
  await installTraefik(kubectl, 'registry.example/traefik:1', 'the types');
  expect(calls.map(({ args: [verb, what] }) => `${verb} ${what}`)).toEqual([
    'apply --server-side',
    'wait crd/gatewayclasses.gateway.networking.k8s.io',
    'apply --filename',
    'rollout status',
    'wait gateway/public',
  ]);
  const texts = calls.flatMap(({ stdin }) => stdin ?? []);
  expect(texts).toEqual(['the types', controllerManifest('registry.example/traefik:1')]);
});
