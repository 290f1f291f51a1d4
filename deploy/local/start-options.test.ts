import { describe, expect, it } from '@jest/globals';
import { parseStartCommand } from './start-options.ts';

describe('start options', () => {
  it('are all off by default', () => {
    expect(parseStartCommand([])).toMatchObject({
      help: false,
      detach: false,
      options: { profile: 'dev', build: true, seed: true, instances: {}, infrastructure: 'auto', ports: {} },
    });
  });

  it('say how many instances of which service', () => {
    const { options } = parseStartCommand(['--instances', 'reservation=2,queue=3', '--instances', 'payment=4']);
    expect(options.instances).toEqual({ reservation: 2, queue: 3, payment: 4 });
  });

  it('turn parts off and on', () => {
    const { detach, options } = parseStartCommand([
      '--detach',
      '--reset',
      '--no-build',
      '--no-seed',
      '--native',
      '--observe',
      '--port',
      'gateway=9090',
    ]);
    expect(detach).toBe(true);
    expect(options).toMatchObject({
      reset: true,
      build: false,
      seed: false,
      infrastructure: 'native',
      observe: true,
      ports: { gateway: 9090 },
    });
  });

  it.each([
    [['--native', '--docker'], 'exclude each other'],
    [['--mysql', '--docker'], 'exclude each other'],
    [['--instances', 'cinema=2'], 'unknown service "cinema"'],
    [['--instances', 'queue=many'], '"queue=many" should be queue=<number>'],
    [['--port', 'gateway=99999'], 'not a port number'],
    [['--rest'], '--rest'],
    [['reset'], 'reset'],
  ])('refuse %j', (args, complaint) => {
    expect(() => parseStartCommand(args)).toThrow(complaint);
  });
});
