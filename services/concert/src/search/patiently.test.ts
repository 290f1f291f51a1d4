import { errors } from '@elastic/elasticsearch';
import { describe, expect, it } from '@jest/globals';
import { patiently } from './patiently.ts';
import { SearchIndexFailed } from './search-index.ts';

const meta = { name: '', context: null, request: { params: { method: 'GET', path: '/' }, options: {}, id: 0 }, connection: null };
const answered = (statusCode: number): SearchIndexFailed =>
  new SearchIndexFailed(new errors.ResponseError({ statusCode, body: {}, warnings: null, meta: { ...meta, attempts: 0, aborted: false } }));

/** Fails so often before it succeeds. @returns how often it was tried, and what came of it */
async function tried(failures: number, error: Error, signal?: AbortSignal): Promise<{ times: number; outcome: unknown }> {
  let times = 0;
  const work = (): Promise<string> => {
    times += 1;
    return times > failures ? Promise.resolve('done') : Promise.reject(error);
  };
  const outcome: unknown = await patiently(work, { pauseMs: 0, signal }).catch((reason: unknown) => reason);
  return { times, outcome };
}

describe('patiently', () => {
  it.each([
    ['no answer', new SearchIndexFailed(new Error('timeout'))],
    ['an open circuit breaker', answered(500)],
    ['too many requests', answered(429)],
  ])('tries again after %s, but not for ever', async (_what, error) => {
    expect(await tried(7, error)).toEqual({ times: 8, outcome: 'done' });
    expect(await tried(8, error)).toEqual({ times: 8, outcome: error });
  });

  it.each([
    ['what was refused', answered(404)],
    ['what is wrong in itself', new Error('nonsense')],
  ])('does not try %s again', async (_what, error) => {
    expect(await tried(1, error)).toEqual({ times: 1, outcome: error });
  });

  it('ends with the reason of a signal, without another try', async () => {
    const reason = new Error('the service stops');
    expect(await tried(1, answered(500), AbortSignal.abort(reason))).toEqual({ times: 0, outcome: reason });
  });
});
