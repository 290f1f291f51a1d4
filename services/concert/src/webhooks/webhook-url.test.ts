import { describe, expect, it } from '@jest/globals';
import { objectionTo } from './webhook-url.ts';

describe('objectionTo', () => {
  it.each([
    'https://example.org/hook?a=b',
    'https://example.org:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://example.org:80/',
  ])('is none to %s', (url) => {
    expect(objectionTo(url, false)).toBeUndefined();
  });

  it.each([
    ['no url', 'URL'],
    ['ftp://example.org/', 'https'],
    ['http://example.org/', 'https'],
    ['https://user@example.org/', 'user'],
    ['https://:secret@example.org/', 'user'],
    ['https://example.org/#part', 'fragment'],
    ['https://example.org:22/', 'port'],
    ['https://example.org:1024/', 'port'],
    ['https://127.0.0.1/', 'public'],
    ['https://0x7f.1/', 'public'],
    ['https://2130706433/', 'public'],
    ['https://169.254.169.254/latest', 'public'],
    ['https://[::1]/', 'public'],
    ['https://[::ffff:10.0.0.1]/', 'public'],
    ['https://[fd00::1]:8443/', 'public'],
  ])('there is to %s', (url, why) => {
    expect(objectionTo(url, false)).toContain(why);
  });

  it.each(['http://127.0.0.1:8080/hook', 'https://10.0.0.1/', 'http://localhost/'])('is none to %s where the setting says so', (url) => {
    expect(objectionTo(url, true)).toBeUndefined();
  });
});
