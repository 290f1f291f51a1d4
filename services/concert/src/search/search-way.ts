/** How words are looked for: as they are spelt, also as they may be misspelt, or as they are spelt and only in names, where any of them is enough. */
export const searchWays = ['spelt', 'forgiving', 'partly'] as const;
export type SearchWay = (typeof searchWays)[number];
