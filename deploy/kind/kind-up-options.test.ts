import { describe, expect, it } from '@jest/globals';
import { parseKindUp, stepNames, toolsOf } from './kind-up-options.ts';

describe('npm run kind:up', () => {
  it('does everything, in a cluster of its own', () => {
    expect(parseKindUp([])).toEqual({
      help: false,
      context: 'kind-ticketing',
      namespace: 'ticketing',
      registry: 'localhost:8095',
      nodeImage: undefined,
      steps: stepNames,
    });
  });

  it('does the steps that are asked for, in their order', () => {
    expect(parseKindUp(['--only', 'secrets,namespace', '--only', 'dapr']).steps).toEqual(['dapr', 'namespace', 'secrets']);
  });

  it('leaves the parts of a cluster that it did not make to others', () => {
    const { context, steps } = parseKindUp(['--context', 'kind-other']);
    expect(context).toBe('kind-other');
    expect(steps).toEqual(['namespace', 'secrets', 'images', 'infra', 'product']);
  });

  it('takes another node when one is named', () => {
    expect(parseKindUp(['--node-image', 'kindest/node:v1.34.11']).nodeImage).toBe('kindest/node:v1.34.11');
  });

  it('asks for the tools of its steps only', () => {
    expect(toolsOf(stepNames)).toEqual(['docker', 'kind', 'kubectl', 'helm', 'buildx']);
    expect(toolsOf(['dapr', 'namespace', 'secrets'])).toEqual(['kubectl', 'helm']);
    expect(toolsOf(['ingress'])).toEqual(['docker', 'kubectl']);
  });

  it.each([
    [['--only', 'everything'], 'there is no step everything'],
    [['--context', 'production'], '"production" is not a kind cluster'],
    [['--context', 'kind-other', '--only', 'cluster'], 'names a cluster that exists'],
    [['--context', 'kind-other', '--node-image', 'kindest/node:v1.34.11'], '--node-image is for the step "cluster"'],
    [['--rest'], '--rest'],
  ])('refuses %j', (args, complaint) => {
    expect(() => parseKindUp(args)).toThrow(complaint);
  });
});
