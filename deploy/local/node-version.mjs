// Says whether a version of Node.js is in a range of npm's, as `engines` has them. The entry of the npm scripts asks before any package is
// installed, so it is all here.

/** @returns below, at or above 0: where `version` is beside what is written of `bound` */
function compare(version, bound) {
  const differing = bound.findIndex((part, index) => part !== version[index]);
  return differing === -1 ? 0 : version[differing] - bound[differing];
}

function suitsTerm(version, term) {
  const [, operator, text] = /^(\D*)(.*)$/.exec(term);
  const bound = text
    .split('.')
    .filter((part) => /^\d+$/.test(part))
    .map(Number);
  if (operator === '>=') return compare(version, bound) >= 0;
  if (operator === '^') return version[0] === bound[0] && compare(version, bound) >= 0;
  return compare(version, bound) === 0;
}

/** Knows `>=`, `^`, plain versions with parts left out or as `x` or `*`, and `||`. */
export function suitsNode(version, range) {
  const parts = version.replace(/^v/, '').split('.').map(Number);
  return range.split('||').some((alternative) => {
    const terms = alternative.trim().replace(/(>=|\^)\s+/g, '$1');
    return terms.split(/\s+/).every((term) => suitsTerm(parts, term));
  });
}
