import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { StepFailure } from '../local/step-failure.ts';
import { connectRegistry, ensureRegistry, registryHost } from './local-registry.ts';

const configMap = z.object({ data: z.object({ 'localRegistryHosting.v1': z.string() }) });
const names = z.record(z.string(), z.string());

describe('the registry of the cluster', () => {
  it('is published by names that the node can pull from, and by no other', async () => {
    const toldToNode: string[] = [];
    let published = '';
    await connectRegistry(
      (args) => {
        toldToNode.push(...(/certs\.d\/(\S+)/.exec(args.join(' '))?.slice(1) ?? []));
        return Promise.resolve('');
      },
      (_args, stdin = '') => {
        published = configMap.parse(JSON.parse(stdin)).data['localRegistryHosting.v1'];
        return Promise.resolve('');
      },
      'node',
    );
    expect(toldToNode).toEqual([registryHost]);
    expect(Object.values(names.parse(parse(published)))).toEqual(toldToNode);
  });

  it('has a port of its own beside the registry of kind’s instructions, and is named when it is taken', async () => {
    expect(registryHost).not.toBe('localhost:5001');
    const refusing = ensureRegistry(([command], { fix } = {}) =>
      command === 'run' ? Promise.reject(new StepFailure('port is already allocated', { fix })) : Promise.resolve(''),
    );
    await expect(refusing).rejects.toMatchObject({ details: { fix: expect.stringContaining('docker ps --filter publish=8095') } });
  });
});
