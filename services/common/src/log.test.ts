import { describe, expect, it } from '@jest/globals';
import { symbols } from 'pino';
import { createLogger } from './log.ts';

/** What the logger writes for an entry, as it goes to standard output. */
function written(entry: object): string {
  const log = createLogger({ service: 'user', instance: 'user-1', level: 'info' });
  const lines: string[] = [];
  Object.assign(log, { [symbols.streamSym]: { write: (line: string) => lines.push(line) } });
  log.info(entry, 'something happened');
  return lines.join('');
}

describe('log', () => {
  it('says which service and instance it is', () => {
    expect(JSON.parse(written({ orderId: 7 }))).toMatchObject({
      service: 'user',
      instance: 'user-1',
      orderId: 7,
      msg: 'something happened',
    });
  });

  it.each(['password', 'accessToken', 'pass', 'token', 'authorization', 'email', 'name', 'jwks', 'qr'])('never writes a %s', (field) => {
    const secret = 'fan@example.com';
    const line = written({ [field]: secret, body: { [field]: secret }, request: { headers: { [field]: secret } } });
    expect(line).not.toContain(secret);
    expect(line.match(/\[redacted\]/g)).toHaveLength(3);
  });

  it('never writes the values of a statement that failed', () => {
    const error = Object.assign(new Error("Duplicate entry 'fan@example.com' for key 'email'"), {
      code: 'ER_DUP_ENTRY',
      query: 'INSERT INTO accounts (email) VALUES (?)',
      parameters: ['fan@example.com'],
    });
    const line = written({ err: error });
    expect(line).not.toContain('fan@example.com');
    expect(JSON.parse(line)).toMatchObject({ err: { code: 'ER_DUP_ENTRY', sql: 'INSERT INTO accounts (email) VALUES (?)' } });
  });
});
