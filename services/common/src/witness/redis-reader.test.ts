import { describe, expect, it } from '@jest/globals';
import { readReply } from './redis-reader.ts';

function read(text: string) {
  return readReply(Buffer.from(text), 0);
}

describe('readReply', () => {
  it('reads what Redis answers', () => {
    expect(read('+OK\r\n')).toEqual({ reply: 'OK', end: 5 });
    expect(read('$-1\r\n')).toEqual({ reply: null, end: 5 });
    expect(read('$4\r\n콘\r\r\n+')).toEqual({ reply: '콘\r', end: 10 });
    expect(read('*2\r\n$1\r\n0\r\n*1\r\n$3\r\nkey\r\n')).toMatchObject({ reply: ['0', ['key']] });
    expect(read('-NOAUTH who are you\r\n')).toMatchObject({ error: 'NOAUTH who are you' });
  });

  it('waits for the rest', () => {
    for (const part of ['', '$', '$4\r\nab', '*2\r\n$1\r\n0\r\n', '$2\r\nab\r']) expect(read(part)).toBeUndefined();
  });
});
