/** A name that begins like what a person has typed so far. */
export interface Suggestion {
  text: string;
  kind: 'artist' | 'title';
  /** The concert that a title belongs to; undefined for artists, who may have many. */
  concertId: string | undefined;
}

/** A name that may be meant. */
export interface SuggestedName extends Suggestion {
  /** How well it fits; the names of one list are compared by it. */
  fit: number;
  popularity: number;
}

/** How well a name fits what was typed. */
export const fits = { beginning: 4, synonym: 3, word: 2, misspelt: 1 } as const;

/** The best fitting names first, of these the most popular, artists before titles; each text once. */
export function toSuggestions(names: SuggestedName[], limit: number): Suggestion[] {
  const ranked = names.toSorted(
    (a, b) => b.fit - a.fit || b.popularity - a.popularity || Number(b.kind === 'artist') - Number(a.kind === 'artist'),
  );
  const byText = new Map<string, Suggestion>();
  for (const { text, kind, concertId } of ranked) {
    const key = text.toLowerCase();
    if (!byText.has(key)) byText.set(key, { text, kind, concertId });
  }
  return [...byText.values()].slice(0, limit);
}
