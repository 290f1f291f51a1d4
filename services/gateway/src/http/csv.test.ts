import { describe, expect, it } from '@jest/globals';
import { csvLine } from './csv.ts';

describe('a line of CSV', () => {
  it('ends with CRLF', () => {
    expect(csvLine(['a', 1, ''])).toBe('a,1,\r\n');
  });

  it('quotes what would end a cell or the line', () => {
    expect(csvLine(['a,b', 'say "no"', 'two\nlines', 'plain'])).toBe('"a,b","say ""no""","two\nlines",plain\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1+1', '=HYPERLINK("http://example.com","x")'])(
    'has %j as a text and not as a formula',
    (text) => {
      expect(csvLine([text]).replace(/^"/, '')).toMatch(/^'/);
    },
  );

  it('leaves numbers as they are, and what only has such a sign inside', () => {
    expect(csvLine([-5, 'a=b', 'fan+tag@example.com'])).toBe('-5,a=b,fan+tag@example.com\r\n');
  });
});
