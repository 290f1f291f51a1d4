/** What spreadsheets take for UTF-8. */
export const byteOrderMark = '\ufeff';

// Spreadsheets take what begins so for a formula, full-width signs too.
const formulaStart = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A line of CSV (RFC 4180). A text that a spreadsheet would run as a formula begins with an apostrophe, which makes it a text. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: string | number): string {
  const text = typeof value === 'string' && formulaStart.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
