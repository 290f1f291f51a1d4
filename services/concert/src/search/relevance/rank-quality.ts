/** How good a ranked list is beside the judgement. */
export interface RankQuality {
  /** Discounted gain beside that of the ideal order, 0 to 1. */
  ndcg: number;
  /** The share of what is relevant that was found. */
  recall: number;
}

const depth = 10;

/**
 * nDCG@10 and recall@10 of one list.
 * @param found ids, best first
 * @param grades the gain of each relevant id
 */
export function rankQuality(found: string[], grades: ReadonlyMap<string, number>): RankQuality {
  const top = found.slice(0, depth);
  // Where nothing fits, nothing must be found.
  if (grades.size === 0) return top.length === 0 ? { ndcg: 1, recall: 1 } : { ndcg: 0, recall: 0 };
  const ideal = [...grades.values()].sort((a, b) => b - a).slice(0, depth);
  const hits = top.filter((id) => grades.has(id)).length;
  return {
    ndcg: gain(top.map((id) => grades.get(id) ?? 0)) / gain(ideal),
    recall: hits / Math.min(grades.size, depth),
  };
}

function gain(grades: number[]): number {
  return grades.reduce((sum, grade, index) => sum + (2 ** grade - 1) / Math.log2(index + 2), 0);
}

export function average(all: RankQuality[]): RankQuality {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { ndcg: mean(all.map(({ ndcg }) => ndcg)), recall: mean(all.map(({ recall }) => recall)) };
}
