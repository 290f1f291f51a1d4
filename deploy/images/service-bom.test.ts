import { describe, expect, it } from '@jest/globals';
import { aboutService } from './service-bom.ts';

const fromNpm = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { component: { 'bom-ref': 'ticketing@0.1.0', type: 'application', name: 'folder' } },
  components: [
    { 'bom-ref': '@ticketing/user@0.1.0', type: 'library', name: 'user', version: '0.1.0' },
    { 'bom-ref': 'express@5.3.0', type: 'library', name: 'express', version: '5.3.0' },
  ],
  dependencies: [
    { ref: 'ticketing@0.1.0', dependsOn: ['@ticketing/user@0.1.0', '@ticketing/queue@0.1.0'] },
    { ref: '@ticketing/user@0.1.0', dependsOn: ['express@5.3.0'] },
    { ref: 'express@5.3.0', dependsOn: [] },
  ],
};

describe('the bill of materials of a service', () => {
  it('is about the service, not about the repository', () => {
    const { packages, document } = aboutService(fromNpm, 'user');
    expect(packages).toBe(1);
    expect(document).toMatchObject({
      specVersion: '1.5',
      metadata: { component: { 'bom-ref': '@ticketing/user@0.1.0', name: 'ticketing-user', type: 'application', version: '0.1.0' } },
      components: [{ name: 'express' }],
    });
    expect(document.dependencies.map(({ ref }) => ref)).toEqual(['@ticketing/user@0.1.0', 'express@5.3.0']);
  });

  it('is refused when the service is not in it', () => {
    expect(() => aboutService(fromNpm, 'queue')).toThrow('npm listed no package of queue');
  });

  it('is refused when a package is needed but not described', () => {
    const dependencies = [{ ref: 'express@5.3.0', dependsOn: ['router@2.2.0'] }];
    expect(() => aboutService({ ...fromNpm, dependencies }, 'user')).toThrow('without router@2.2.0');
  });
});
