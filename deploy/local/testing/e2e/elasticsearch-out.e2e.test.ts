import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readMetric } from '../../client/read-metric.ts';
import { concertShape } from '../../client/shapes.ts';
import { startProcess, stopProcess } from '../../control.ts';
import { checkIndex, endOf, startReindexer } from '../../run-reindexer.ts';
import type { InstanceDescription } from '../../stack-description.ts';
import * as shapes from './api-shapes.ts';
import { eventually, openTestShop, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(async () => {
  await startProcess('test', 'elasticsearch');
  await shop.close();
}, 120_000);

const initials = Array.from('ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ');
const firstSyllable = 0xac00;
const vowels = 21;
const syllablesPerVowel = 28;

/** A word of Hangul that no other concert has, and the initial consonants by which it is typed in haste. */
function newHangul(): { word: string; hasty: string } {
  const letters = Array.from({ length: 7 }, () => randomInt(initials.length));
  const syllable = (initial: number): string =>
    String.fromCharCode(firstSyllable + (initial * vowels + randomInt(vowels)) * syllablesPerVowel);
  return { word: letters.map(syllable).join(''), hasty: letters.map((letter) => initials[letter]).join('') };
}

const newWord = (): string => `w${randomUUID().replaceAll('-', '').slice(0, 12)}`;

async function addConcert(title: string, artist: string): Promise<string> {
  const body = {
    title,
    artist,
    description: 'Heard without an index.',
    venue: { name: '수원 시민회관', city: 'Suwon', timeZone: 'Asia/Seoul' },
    saleOpensAt: new Date(Date.now() - 60_000).toISOString(),
  };
  return (await shop.api.call(concertShape, 'POST', '/admin/concerts', { token: shop.operator.token, body })).id;
}

async function rename(concertId: string, title: string): Promise<void> {
  await shop.api.call(concertShape, 'PATCH', `/admin/concerts/${concertId}`, { token: shop.operator.token, body: { title } });
}

// A page is remembered for a second; one of another size is another page.
let size = 20;

async function search(query: Record<string, string>): Promise<{ ids: string[]; degraded: boolean }> {
  size = size === 99 ? 20 : size + 1;
  const parameters = new URLSearchParams({ ...query, limit: String(size) });
  const { items, degraded } = await shop.api.call(shapes.concertPage, 'GET', `/concerts?${parameters.toString()}`);
  return { ids: items.map(({ id }) => id).toSorted(), degraded };
}

async function suggest(q: string) {
  const { items, degraded } = await shop.api.call(shapes.suggestions, 'GET', `/concerts/suggestions?q=${encodeURIComponent(q)}`);
  return { titles: items.filter(({ kind }) => kind === 'title').map(({ text, concertId }) => ({ text, concertId })), degraded };
}

const untilFound = (what: string, query: Record<string, string>, found: { ids: string[]; degraded: boolean }, timeoutMs?: number) =>
  eventually(
    what,
    async () => {
      const { ids, degraded } = await search(query);
      return degraded === found.degraded && ids.join() === found.ids.toSorted().join() ? true : undefined;
    },
    timeoutMs,
  );

function concertInstances(): InstanceDescription[] {
  return shop.stack.instances.filter(({ service }) => service === 'concert');
}

function breakerOf({ daprMetricsPort }: InstanceDescription, status: 'open' | 'closed'): Promise<number> {
  return readMetric(daprMetricsPort, 'dapr_resiliency_cb_state', { target: 'app_elasticsearch', status });
}

/** Searches until every sidecar in front of Elasticsearch says that its breaker is in this state. */
function untilBreakers(status: 'open' | 'closed'): Promise<true> {
  return eventually(`the circuit breakers are ${status}`, async () => {
    await search({ q: 'seoul' });
    const states = await Promise.all(concertInstances().map((instance) => breakerOf(instance, status)));
    return states.every((state) => state === 1) ? true : undefined;
  });
}

describe('without Elasticsearch', () => {
  const { word, hasty } = newHangul();
  const [artist, other, late, renamed] = [newWord(), newWord(), newWord(), newWord()];
  const title = `${word} 음악회`;
  const ids = { first: '', second: '', late: '' };
  const questions = (): { query: Record<string, string>; found: string[] }[] => [
    { query: { q: title }, found: [ids.first] },
    { query: { q: artist }, found: [ids.first] },
    { query: { q: hasty }, found: [ids.first, ids.second] },
    { query: { q: word.slice(0, 4) }, found: [ids.first, ids.second] },
    { query: { q: artist.slice(0, 9) }, found: [ids.first] },
  ];

  it('finds the same concerts by SQL, says so, and the circuit breakers open', async () => {
    ids.first = await addConcert(title, artist);
    ids.second = await addConcert(`${word} 독창회`, other);
    for (const { query, found } of questions()) await untilFound('what the index has', query, { ids: found, degraded: false });
    const suggested = await eventually('both titles are suggested', async () => {
      const { titles, degraded } = await suggest(word.slice(0, 3));
      return titles.length === 2 && !degraded ? titles : undefined;
    });

    await stopProcess('test', 'elasticsearch');
    const sorted = questions().map(({ query, found }) => ({ query, ids: found.toSorted(), degraded: true }));
    const expectAll = async (): Promise<void> => {
      for (const { query, ...answer } of sorted) expect({ query, ...(await search(query)) }).toEqual({ query, ...answer });
      // A list without words needs no index.
      expect(await search({ artist: other })).toEqual({ ids: [ids.second], degraded: false });
      const now = await suggest(word.slice(0, 3));
      expect(now.degraded).toBe(true);
      expect(now.titles.toSorted(byText)).toEqual(suggested.toSorted(byText));
    };
    // What was found just before is kept for a moment.
    for (const { query, found } of questions()) await untilFound('what SQL finds', query, { ids: found, degraded: true });
    await eventually('suggestions by SQL', async () => ((await suggest(word.slice(0, 3))).degraded ? true : undefined));
    await expectAll();
    await untilBreakers('open');
    await expectAll();
  }, 120_000);

  it('finds what is made and changed meanwhile', async () => {
    ids.late = await addConcert(`${late} 음악회`, artist);
    await rename(ids.first, `${renamed} 음악회`);
    await untilFound('the new concert', { q: late }, { ids: [ids.late], degraded: true });
    await untilFound('the new title', { q: renamed }, { ids: [ids.first], degraded: true });
    await untilFound('no old title', { q: word }, { ids: [ids.second], degraded: true });
    await untilFound('both by their artist', { q: artist }, { ids: [ids.first, ids.late], degraded: true });
  }, 60_000);

  it('comes back by itself, with nothing missing in the index; a build that began meanwhile waits for it', async () => {
    const build = startReindexer(shop.stack, 'build');
    const ended = endOf(build);
    build.stdout.resume();
    const retries = { target: 'app_elasticsearch-bulk', policy: 'retry' };
    await eventually('the sidecar tries again', async () => {
      const tried = await Promise.all(
        concertInstances().map(({ daprMetricsPort }) => readMetric(daprMetricsPort, 'dapr_resiliency_activations_total', retries)),
      );
      return tried.some((times) => times > 0) ? true : undefined;
    });
    await startProcess('test', 'elasticsearch');
    expect(await ended).toBe(0);
    await untilFound('the new concert, from the index', { q: late }, { ids: [ids.late], degraded: false }, 60_000);
    await untilFound('the new title, from the index', { q: renamed }, { ids: [ids.first], degraded: false }, 60_000);
    await untilFound('no old title in the index', { q: word }, { ids: [ids.second], degraded: false });
    await untilBreakers('closed');
    const { code, said } = await checkIndex(shop.stack);
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('0 missing, 0 stale, 0 extra') });
  }, 150_000);
});

function byText(one: { text: string }, two: { text: string }): number {
  return one.text.localeCompare(two.text);
}
