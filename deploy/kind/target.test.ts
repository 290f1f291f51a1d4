import { describe, expect, it } from '@jest/globals';
import { chooseContext } from './target.ts';

describe('the cluster to work on', () => {
  it.each([
    [{}, 'kind-ticketing'],
    [{ context: 'kind-other' }, 'kind-other'],
    [{ context: 'minikube', 'yes-i-mean': 'minikube' }, 'minikube'],
  ])('of %j is %s', (options, context) => {
    expect(chooseContext(options)).toBe(context);
  });

  it.each([
    [{ context: 'production' }, '"production" is not a kind cluster'],
    [{ context: 'my-kind-of-production' }, 'is not a kind cluster'],
    [{ context: 'production', 'yes-i-mean': 'staging' }, 'is not the context that is worked on, production'],
    [{ 'yes-i-mean': 'production' }, 'is not the context that is worked on, kind-ticketing'],
  ])('is refused for %j', (options, complaint) => {
    expect(() => chooseContext(options)).toThrow(complaint);
  });
});
