import { describe, expect, it } from '@jest/globals';
import { isSafe, isSameOrigin } from './same-origin.ts';

describe('a request with the cookie of a session', () => {
  it.each<[headers: Record<string, string>, allowed: boolean]>([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': '' }, false],
    [{ 'sec-fetch-site': 'same-origin, cross-site' }, false],
    // What the browser says goes before what a page may choose.
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://shop.example', host: 'shop.example' }, false],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://elsewhere.example', host: 'shop.example' }, true],
    [{ origin: 'https://shop.example', host: 'shop.example' }, true],
    [{ origin: 'https://shop.example', host: 'SHOP.example:443' }, true],
    [{ origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080' }, true],
    [{ origin: 'http://127.0.0.1:8081', host: '127.0.0.1:8080' }, false],
    [{ origin: 'https://elsewhere.example', host: 'shop.example' }, false],
    [{ origin: 'https://shop.example.elsewhere.example', host: 'shop.example' }, false],
    [{ origin: 'null', host: 'shop.example' }, false],
    [{ origin: 'null', host: 'null' }, false],
    [{ origin: '', host: '' }, false],
    [{ origin: 'data:text/html,x', host: '' }, false],
    [{ origin: 'https://shop.example' }, false],
    [{ host: 'shop.example' }, false],
    [{ host: 'shop.example', referer: 'https://shop.example/' }, false],
    [{}, false],
  ])('%j: %s', (headers, allowed) => {
    expect(isSameOrigin({ headers })).toBe(allowed);
  });

  it.each([
    ['GET', true],
    ['HEAD', true],
    ['OPTIONS', true],
    ['POST', false],
    ['PUT', false],
    ['PATCH', false],
    ['DELETE', false],
  ])('%s changes nothing: %s', (method, safe) => {
    expect(isSafe({ method })).toBe(safe);
  });
});
