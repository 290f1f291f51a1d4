import { afterEach, describe, expect, it } from '@jest/globals';
import { instancePorts, maximumInstances, parsePort, portNames, resolvePorts } from './ports.ts';
import { profileNames } from './profile.ts';
import { serviceNames } from './services.ts';

afterEach(() => {
  delete process.env.TICKETING_PORT_GATEWAY;
  delete process.env.TICKETING_TEST_PORT_DAPR_HTTP;
});

describe('ports', () => {
  it('never clash, between parts, instances and profiles', () => {
    const used = profileNames.flatMap((profile) => {
      const ports = resolvePorts(profile);
      const instances = Array.from({ length: maximumInstances }, (_, index) => index + 1);
      const ofInstances: number[] = serviceNames.flatMap((service) =>
        instances.flatMap((index) => Object.values<number>({ ...instancePorts(ports, service, index) })),
      );
      const ofParts = portNames().filter((name) => !name.startsWith('dapr-') && !serviceNames.some((service) => service === name));
      return [...ofInstances, ...ofParts.map((name) => ports[name])];
    });
    expect(new Set(used).size).toBe(used.length);
    // From 32768 on Linux hands ports out for outgoing connections.
    expect(Math.max(...used)).toBeLessThan(32_768);
  });

  it('come from the table, then the environment, then the caller', () => {
    expect(resolvePorts('dev').gateway).toBe(8080);
    process.env.TICKETING_PORT_GATEWAY = '9000';
    process.env.TICKETING_TEST_PORT_DAPR_HTTP = '9500';
    expect(resolvePorts('dev').gateway).toBe(9000);
    expect(resolvePorts('dev', { gateway: 9001 }).gateway).toBe(9001);
    expect(resolvePorts('test')).toMatchObject({ gateway: 18_080, 'dapr-http': 9500 });
  });

  it.each(['http', '0', '65536', '80.5', '-1'])('refuses %s in the environment and names the variable', (text) => {
    process.env.TICKETING_PORT_GATEWAY = text;
    expect(() => resolvePorts('dev')).toThrow(`port TICKETING_PORT_GATEWAY: "${text}" is not a port number`);
  });

  it('are read from options', () => {
    expect(parsePort('gateway=9090')).toEqual(['gateway', 9090]);
    expect(() => parsePort('gatewy=9090')).toThrow('unknown port "gatewy"');
    expect(() => parsePort('gateway')).toThrow('not a port number');
  });
});
