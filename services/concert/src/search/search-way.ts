/**
 * How words are looked for: as they are spelt or begun; also as they may be misspelt; or only as whole words of names, where half of those that
 * were typed are enough.
 */
export const searchWays = ['spelt', 'forgiving', 'partly'] as const;
export type SearchWay = (typeof searchWays)[number];
