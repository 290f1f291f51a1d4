/** A name that begins like what a person has typed so far. */
export interface Suggestion {
  text: string;
  kind: 'artist' | 'title';
  /** The concert that a title belongs to; undefined for artists, who may have many. */
  concertId: string | undefined;
}

/** Names of concerts that fit, best first. */
export interface SuggestedNames {
  artists: string[];
  titles: { title: string; id: string }[];
}

/** Artists before titles, each text once. */
export function toSuggestions({ artists, titles }: SuggestedNames, limit: number): Suggestion[] {
  const all: Suggestion[] = [
    ...artists.map((text) => ({ text, kind: 'artist' as const, concertId: undefined })),
    ...titles.map(({ title, id }) => ({ text: title, kind: 'title' as const, concertId: id })),
  ];
  const byText = new Map<string, Suggestion>();
  for (const suggestion of all) {
    const key = suggestion.text.toLowerCase();
    if (!byText.has(key)) byText.set(key, suggestion);
  }
  return [...byText.values()].slice(0, limit);
}
