import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServedApp, serveApp } from '@ticketing/common/testing/serve-app';
import type { SMTPServer } from 'smtp-server';
import { createKeptMails } from './kept-mails.ts';
import { createPages } from './pages.ts';
import { createSmtpServer } from './smtp.ts';

const mails = createKeptMails();
let server: SMTPServer;
let pages: ServedApp;
beforeAll(async () => {
  server = createSmtpServer(mails, { user: 'shop', password: 'secret' });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  pages = await serveApp(createPages(mails));
});
afterAll(async () => {
  await new Promise<void>((resolve) => {
    server.close(resolve);
  });
  await pages.close();
});

function portOf(address: string | AddressInfo | null): number {
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('the server has no port');
}

/** Says one line after the other, each after the answer to the one before. @returns the codes of the answers */
function talk(lines: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: portOf(server.server.address()) });
    const codes: string[] = [];
    const left = [...lines, 'QUIT'];
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (answer: string) => {
      const [, code] = /^(\d{3}) [^\n]*\n$/m.exec(answer) ?? [];
      if (code === undefined) return;
      codes.push(code);
      const line = left.shift();
      if (line === undefined) socket.end();
      else socket.write(`${line}\r\n`);
    });
    socket.on('close', () => resolve(codes));
  });
}

const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${pages.port}${path}`)).text();
const login = (text: string): string => `AUTH PLAIN ${Buffer.from(text).toString('base64')}`;

describe('the mail sink', () => {
  it('keeps what it gets and shows it as text, whatever is written in it', async () => {
    const message = [
      'From: shop@example.com',
      'Subject: <img src=x>',
      'Content-Type: text/html',
      '',
      '<script>alert(1)</script>"',
      '.',
    ].join('\r\n');
    const codes = await talk([
      'EHLO test',
      login('\0shop\0secret'),
      'MAIL FROM:<shop@example.com>',
      'RCPT TO:<fan@example.com>',
      'DATA',
      message,
    ]);
    expect(codes).toEqual(['220', '250', '235', '250', '250', '354', '250', '221']);
    const [kept] = mails.list('fan@example.com');
    expect(kept).toMatchObject({ from: 'shop@example.com', to: ['fan@example.com'], subject: '<img src=x>' });
    expect(JSON.parse(await page('/api/mails?to=fan@example.com'))).toEqual([kept]);
    expect(JSON.parse(await page('/api/mails?to=nobody@example.com'))).toEqual([]);
    for (const html of [await page('/'), await page(`/mails/${kept?.id ?? ''}`)]) {
      expect(html).toContain('&lt;img src=x&gt;');
      expect(html).not.toMatch(/<script|<img/);
    }
    expect(await page('/mails/none')).toContain('no such mail');
  });

  it('refuses a wrong password, and addresses that begin as they should for it', async () => {
    expect(await talk(['EHLO test', login('\0shop\0wrong')])).toEqual(['220', '250', '535', '221']);
    expect(await talk(['EHLO test', 'MAIL FROM:<a@example.com>', 'RCPT TO:<refused-b@example.com>'])).toEqual([
      '220',
      '250',
      '250',
      '550',
      '221',
    ]);
  });
});
