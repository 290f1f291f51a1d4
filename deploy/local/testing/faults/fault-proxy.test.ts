import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { request } from 'undici';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

let server: Server;
let proxy: FaultProxy;
let arrived: string[];
/** What is answered next, in place of a number. */
let answers: string[];
beforeEach(async () => {
  arrived = [];
  answers = [];
  server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on('end', () => {
      arrived.push(`${incoming.url ?? ''} ${body}`.trim());
      outgoing.end(answers.shift() ?? `answer ${arrived.length}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  proxy = await startFaultProxy(typeof address === 'object' && address !== null ? address.port : 0);
});
afterEach(() => {
  proxy.close();
  server.closeAllConnections();
  server.close();
});

async function ask(path: string, body?: string): Promise<string> {
  try {
    return await (await request(`http://127.0.0.1:${proxy.port}${path}`, { method: 'POST', body: body ?? null })).body.text();
  } catch {
    return 'cut off';
  }
}

describe('the proxy', () => {
  it('passes on what nobody ordered a fault for', async () => {
    proxy.order('lose-request', /^\/other/, 1);
    expect(await ask('/a', 'text')).toBe('answer 1');
    expect(arrived).toEqual(['/a text']);
    expect(await proxy.untilMet(1)).toBe(false);
    expect(await ask('/other')).toBe('answer 2');
  });

  it('loses replies and requests, as often as ordered', async () => {
    proxy.order('lose-reply', /^\/a/, 1);
    proxy.order('lose-request', /^\/b/, 1);
    expect([await ask('/a', '1'), await ask('/b', '2')]).toEqual(['cut off', 'cut off']);
    expect(arrived).toEqual(['/a 1']);
    expect(await proxy.untilMet(1_000)).toBe(true);
    expect([await ask('/a'), await ask('/b')]).toEqual(['answer 2', 'answer 3']);
  });

  it('delivers twice, and late behind the next', async () => {
    proxy.order('deliver-twice', /^\/a/, 1);
    expect(await ask('/a', 'x')).toBe('answer 2');
    proxy.order('deliver-late', /^\/e/, 1);
    expect(await ask('/e', '"first"')).toContain('SUCCESS');
    expect(await ask('/e', 'second')).toBe('answer 3');
    await pollUntil(() => Promise.resolve(arrived.length === 4 || undefined), 5_000);
    expect(arrived).toEqual(['/a x', '/a x', '/e second', '/e "first"']);
  });

  it('answers for each event of a group that is late, and delivers it until all of it is done', async () => {
    const group = JSON.stringify({ entries: [{ entryId: '0' }, { entryId: '1' }] });
    const done = [
      { entryId: '0', status: 'SUCCESS' },
      { entryId: '1', status: 'SUCCESS' },
    ];
    proxy.order('deliver-late', /^\/e/, 1);
    expect(JSON.parse(await ask('/e', group))).toEqual({ statuses: done });
    answers.push(JSON.stringify({ statuses: [done[0], { entryId: '1', status: 'RETRY' }] }), JSON.stringify({ statuses: done }));
    await proxy.heal();
    expect(arrived).toEqual([`/e ${group}`, `/e ${group}`]);
  });

  it('delivers what is late when it heals, and forgets what it was ordered', async () => {
    proxy.order('deliver-late', /^\/e/, 2);
    expect(await ask('/e', '"first"')).toContain('SUCCESS');
    await proxy.heal();
    expect(arrived).toEqual(['/e "first"']);
    expect(await ask('/e', 'second')).toBe('answer 2');
  });
});
