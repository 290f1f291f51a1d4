import { listProblems } from '../http/problems.ts';

/** docs/problems.md: every code that the public API answers with. */
export function createProblemCatalogue(): string {
  const rows = listProblems().map(({ code, status, title }) => `| \`${code}\` | ${status} | ${title} |`);
  return `# Problems

Generated from \`services/gateway/src/http/problems.ts\`; change them there.

Every error of the public API is \`application/problem+json\` (RFC 9457). Programs look at \`code\`, which is stable.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}
`;
}
