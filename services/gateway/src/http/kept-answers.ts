import { createTimedCache } from '@ticketing/common/timed-cache';
import { LRUCache } from 'lru-cache';
import type { ReadyAnswer } from './ready-answer.ts';

/** Answers that are kept as bytes: the same question soon after costs no call. `keep` puts them here. */
export interface KeptAnswers {
  /** @param make is called for one of those who wait for the same key */
  get: (topic: string | undefined, key: string, make: () => Promise<Kept>) => Promise<Kept>;
  /** What is there and need not be made anew yet. */
  fresh: (topic: string | undefined, key: string) => Kept | undefined;
  /** Has the next who asks about a topic, or about anything, get an answer that is made after this. */
  forget: (topic?: string) => void;
}

export interface Kept {
  ready: ReadyAnswer;
  /** For how long it is given; at least 1. */
  ttlMs: number;
  /** For how much longer it is given while it is made anew. */
  staleMs: number;
  /** Bytes of the body, and of the key in memory. */
  size: number;
}

const mostAnswers = 50_000;
const mostTopics = 10_000;
// An entry of the map, the headers and the objects around them.
const bytesBeside = 2_000;

/** @param mostBytes of all answers together; those that nobody has asked for lately make room for others */
export function createKeptAnswers(mostBytes: number): KeptAnswers {
  const answers = createTimedCache<Kept, () => Promise<Kept>>({
    max: mostAnswers,
    size: { most: mostBytes, of: ({ size }) => size + bytesBeside },
    ttlMs: ({ ttlMs }) => ttlMs,
    staleMs: ({ staleMs }) => staleMs,
    load: (_key, make) => make(),
  });
  // The number of a topic's last change is a part of its keys: what was made before is not found any more, and leaves when its time is over.
  const changes = new LRUCache<string, number>({ max: mostTopics });
  let changed = 0;
  let allChanged = 0;
  const keyOf = (topic: string | undefined, key: string): string => {
    const changedLast = topic === undefined ? 0 : (changes.get(topic) ?? 0);
    return `${Math.max(allChanged, changedLast)} ${key}`;
  };
  return {
    get: (topic, key, make) => answers.get(keyOf(topic, key), make),
    fresh: (topic, key) => answers.fresh(keyOf(topic, key)),
    forget: (topic) => {
      changed += 1;
      if (topic === undefined) allChanged = changed;
      else changes.set(topic, changed);
    },
  };
}
