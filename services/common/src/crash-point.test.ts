import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { crashPoint, createCrashPoint, refuseCrashPoints } from './crash-point.ts';

let folder: string;
let orders: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/crash-point-`);
  orders = `${folder}/orders.json`;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process of its own that passes the points; what it printed, and the signal that ended it. */
async function pass(points: string[]): Promise<{ printed: string; signal: NodeJS.Signals | null }> {
  const module = new URL('./crash-point.ts', import.meta.url).href;
  const steps = points.map((point) => `await crashPoint('${point}'); process.stdout.write('${point} ');`);
  const program = `import { crashPoint } from '${module}'; ${steps.join(' ')}`;
  const args = ['--import', 'tsx', '--conditions=ticketing-source', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { env: { ...process.env, TICKETING_CRASH_ORDERS: orders, INSTANCE_ID: 'payment-2' } });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_code, ended) => resolve(ended)));
  return { printed: printed.trim(), signal };
}

describe('crashPoint', () => {
  it('is nothing where the environment names no orders', () => {
    expect(crashPoint('confirm.before-commit')).toBeUndefined();
    expect(createCrashPoint(undefined)('confirm.before-commit')).toBeUndefined();
  });

  it('lets the process die at the named point, says who it was, and takes an order once', async () => {
    writeFileSync(orders, JSON.stringify({ point: 'b', signal: 'SIGKILL' }));
    expect(await pass(['a', 'b', 'c'])).toEqual({ printed: 'a', signal: 'SIGKILL' });
    expect(readFileSync(`${orders}.taken`, 'utf8')).toBe('payment-2');
    expect(existsSync(orders)).toBe(false);
    expect(await pass(['a', 'b', 'c'])).toEqual({ printed: 'a b c', signal: null });
  });

  it('passes by what is no order', () => {
    writeFileSync(orders, '{"point":"b","signal":"SIGTERM"}');
    expect(createCrashPoint(orders)('b')).toBeUndefined();
    writeFileSync(orders, '{"po');
    expect(createCrashPoint(orders)('b')).toBeUndefined();
  });
});

describe('refuseCrashPoints', () => {
  it.each(['production', 'development', undefined])('lets no service start with orders when NODE_ENV is %s', (NODE_ENV) => {
    expect(() => refuseCrashPoints({ NODE_ENV, TICKETING_CRASH_ORDERS: orders })).toThrow('crash points are for tests only');
    expect(() => refuseCrashPoints({ NODE_ENV })).not.toThrow();
  });

  it('lets a test have them', () => {
    expect(() => refuseCrashPoints({ NODE_ENV: 'test', TICKETING_CRASH_ORDERS: orders })).not.toThrow();
  });
});
