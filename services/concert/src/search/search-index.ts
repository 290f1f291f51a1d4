import { type Client, errors, type TransportRequestOptions } from '@elastic/elasticsearch';
import { Overloaded } from '@ticketing/common/bulkhead';
import type { Logger } from '@ticketing/common/log';
import { traceHeaders } from '@ticketing/common/telemetry';
import { boundSearches } from './bound-searches.ts';
import { indexAlias, indexPattern } from './index-definition.ts';

/** Asks the client something; the options belong to every call. */
export type Question<T> = (client: Client, options: TransportRequestOptions) => Promise<T>;

/** Elasticsearch, or the way to it, failed. It says what happened without what was sent, which the client's own errors carry along. */
export class SearchIndexFailed extends Error {
  override readonly name = 'SearchIndexFailed';
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  constructor(error: unknown) {
    super(error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown');
    this.status = error instanceof errors.ResponseError ? (error.statusCode ?? 0) : 0;
  }
}

/** The indices of this build's definition. */
export interface Indices {
  /** The one that has the alias, which it gets once it is complete. */
  live: string | undefined;
  /** Those without it. */
  idle: string[];
}

/** The way to Elasticsearch, whether or not the index is complete. Both throw SearchIndexFailed, or the reason of a signal that ends them early. */
export interface IndexAccess {
  work: <T>(question: Question<T>, signal?: AbortSignal) => Promise<T>;
  /** Looks which indices there are. */
  look: (signal?: AbortSignal) => Promise<Indices>;
}

export interface SearchIndex extends IndexAccess {
  /** Undefined when the index can't answer, or has too much to do: then the catalogue must. */
  ask: <T>(question: Question<T>) => Promise<T | undefined>;
  stop: () => void;
}

const lookIntervalMs = 1_000;
// With that of SQL, which answers after it, it fits into a call.
const longestWaitMs = 1_500;

export function accessIndex(client: Client): IndexAccess {
  const work: IndexAccess['work'] = async (question, signal) => {
    try {
      return await question(client, { headers: traceHeaders(), ...(signal && { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      throw new SearchIndexFailed(error);
    }
  };
  const look: IndexAccess['look'] = async (signal) => {
    // A pattern, because a name that is not there would be a 404.
    const indices = await work((es, options) => es.indices.getAlias({ index: indexPattern }, options), signal);
    const names = Object.keys(indices);
    const hasAlias = (name: string): boolean => Object.hasOwn(indices[name]?.aliases ?? {}, indexAlias);
    return { live: names.find(hasAlias), idle: names.filter((name) => !hasAlias(name)) };
  };
  return { work, look };
}

/**
 * The search index as this instance knows it. Until the alias is seen nothing is asked, because answers of 404 would open the
 * sidecar's circuit breaker for what is only an index that is still being filled.
 * @param options `most` is how many questions are asked at a time; with `answers: false` none ever is, as if the index were out
 */
export function openSearchIndex(client: Client, log: Logger, { answers = true, most = 16 } = {}): SearchIndex {
  const whenThereIsRoom = boundSearches({ most, longestWaitMs });
  let complete = false;
  let failing = false;

  const { work, ...access } = accessIndex(client);
  const look: IndexAccess['look'] = async (signal) => {
    const indices = await access.look(signal);
    complete = indices.live !== undefined;
    return indices;
  };
  const ask = async <T>(question: Question<T>): Promise<T | undefined> => {
    if (!complete || !answers) return undefined;
    try {
      const answer = await whenThereIsRoom(() => work(question));
      if (failing) log.info('the search index answers again');
      failing = false;
      return answer;
    } catch (error) {
      if (error instanceof Overloaded) return undefined;
      if (error instanceof SearchIndexFailed && error.status === 404) complete = false;
      // Said once per outage; the circuit breaker keeps the rest short.
      if (!failing) log.warn({ err: error }, 'the search index is out, the catalogue answers instead');
      failing = true;
      return undefined;
    }
  };

  const lookAgain = (): void => {
    if (!complete) look().catch((error: unknown) => log.debug({ err: error }, 'the search index cannot be looked at'));
  };
  lookAgain();
  const timer = setInterval(lookAgain, lookIntervalMs);
  return {
    ask,
    work,
    look,
    stop: () => {
      clearInterval(timer);
    },
  };
}
