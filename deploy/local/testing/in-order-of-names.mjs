/** Jest runs test files in the order of their names, so that a file that looks at what all others left can be the last. */
export default class InOrderOfNames {
  sort(tests) {
    return tests.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return this.sort(tests);
  }

  cacheResults() {}
}
