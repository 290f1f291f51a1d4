/** Major and minor, which is all that the range of a tool goes by. */
export type ToolVersion = readonly [major: number, minor: number];

/** The first version in what a tool says of itself. Undefined where there is none, or `0.0`, as builds without a version have it. */
export function readVersion(text: string): ToolVersion | undefined {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(text)?.map(Number) ?? [];
  return major === undefined || minor === undefined || (major === 0 && minor === 0) ? undefined : [major, minor];
}

export function isOlder([major, minor]: ToolVersion, [oldestMajor, oldestMinor]: ToolVersion): boolean {
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
