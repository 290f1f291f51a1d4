/** Said at once in place of a search, so that whoever asks comes again when there is room. */
export class TooManySearches extends Error {
  override readonly name = 'TooManySearches';
}

/** @returns runs a search, unless so many run already: then it throws TooManySearches */
export function boundSearches(most: number): <T>(search: () => Promise<T>) => Promise<T> {
  let running = 0;
  return async (search) => {
    if (running >= most) throw new TooManySearches(`${most} searches run already`);
    running += 1;
    try {
      return await search();
    } finally {
      running -= 1;
    }
  };
}
