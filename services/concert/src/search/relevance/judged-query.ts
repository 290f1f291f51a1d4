/** A query as a person typed it, with the concerts of the demonstration data that answer it. */
export interface JudgedQuery {
  q: string;
  /** Keys of concerts by how well they answer: what was looked for, then what is good as well. */
  best: string[];
  good?: string[];
}

/** Judged queries by what makes them hard. */
export type JudgedGroups = Record<string, JudgedQuery[]>;
