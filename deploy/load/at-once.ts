/** Does something with each item, with a limited number of them at a time. */
export async function atOnce<T>(most: number, items: Iterable<T>, signal: AbortSignal, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const some = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      signal.throwIfAborted();
      await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: most }, some));
}
