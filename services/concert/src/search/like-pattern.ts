/** Text as a part of a LIKE pattern that is followed by ESCAPE '!': its wildcards stand for themselves. */
export function escapeLike(text: string): string {
  return text.replace(/[!%_]/g, (wildcard) => `!${wildcard}`);
}
