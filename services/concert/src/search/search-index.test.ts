import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { indexAlias } from './index-definition.ts';
import { createSearchClient } from './search-client.ts';
import { openSearchIndex, type Question } from './search-index.ts';

const log = createLogger({ service: 'concert', instance: 'test', level: 'silent' });
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  response.end(JSON.stringify({ [`${indexAlias}-1`]: { aliases: { [indexAlias]: {} } }, [`${indexAlias}-2`]: { aliases: {} } }));
});
let client: ReturnType<typeof createSearchClient>;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  client = createSearchClient({ httpPort: address.port, apiToken: 'token' });
});
afterAll(async () => {
  await client.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
});

/** How many more may wait, for each that is asked at a time. */
const waiting = 16;

describe('a complete index', () => {
  it('is asked so much at a time; others wait for a while, and those for whom there is no room are told so at once', async () => {
    const index = openSearchIndex(client, log, { most: 2 });
    await index.look();
    const answer: (() => void)[] = [];
    const question: Question<string> = () => new Promise((resolve) => answer.push(() => resolve('found')));
    const asked = Array.from({ length: 2 + 2 * waiting }, () => index.ask(question));
    expect(await index.ask(question)).toBeUndefined();
    expect(answer).toHaveLength(2);
    for (const each of asked) {
      answer.shift()?.();
      expect(await each).toBe('found');
    }
    index.stop();
  });

  it.each([
    { answers: true, expected: { answer: 'found', asked: 1 } },
    { answers: false, expected: { answer: undefined, asked: 0 } },
  ])('is asked or not as the service is set: $answers', async ({ answers, expected }) => {
    const index = openSearchIndex(client, log, { answers });
    let asked = 0;
    const question: Question<string> = () => {
      asked += 1;
      return Promise.resolve('found');
    };
    expect(await index.look()).toEqual({ live: `${indexAlias}-1`, idle: [`${indexAlias}-2`] });
    expect({ answer: await index.ask(question), asked }).toEqual(expected);
    // What keeps the index up works on.
    expect(await index.work(question)).toBe('found');
    index.stop();
  });
});
