/** A metric that a PromQL expression asks for, with the labels that it is selected by. */
export interface MetricSelector {
  readonly metric: string;
  readonly labels: readonly string[];
}

const keywords = ['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan'];
const labelLists = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
const quoted = /"(?:[^"\\]|\\.)*"/g;
// A name that no ( follows, for that is a function; and not the unit of a duration, which follows a digit.
const selectors = /(?<![\w:.])([a-zA-Z_:][\w:]*)(?![\w:]|\s*\()(?:\s*\{([^}]*)\})?/g;

/** The selectors in an expression, in their order; enough of PromQL is known for what is written in this folder. */
export function selectorsIn(expression: string): MetricSelector[] {
  const plain = expression
    .replaceAll(quoted, '""')
    .replaceAll(labelLists, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ');
  return [...plain.matchAll(selectors)].flatMap(([, metric = '', matchers = '']) =>
    keywords.includes(metric) ? [] : [{ metric, labels: [...matchers.matchAll(/(\w+)\s*[!=]/g)].map(([, label = '']) => label) }],
  );
}
