/** The one spelling of an IANA time zone name, or undefined when there is no such zone. Offsets such as "+09:00" are no zones. */
export function canonicalTimeZone(name: string): string | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** The calendar date (YYYY-MM-DD) that people at the venue have at this moment. */
export function localDate(moment: Date, timeZone: string): string {
  return localTime(moment, timeZone).slice(0, 10);
}

/**
 * The moment at which clocks at the venue show this time. A time that a clock change skips becomes the moment right after the gap's length;
 * one that comes twice is the first.
 * @param date YYYY-MM-DD
 * @param time HH:MM
 */
export function momentAt(date: string, time: string, timeZone: string): Date {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  const offsetAt = (moment: number): number => Date.parse(`${localTime(new Date(moment), timeZone)}Z`) - moment;
  // The offset a day earlier is the one before any change on this date.
  const before = wanted - offsetAt(wanted - 86_400_000);
  if (before + offsetAt(before) === wanted) return new Date(before);
  const after = wanted - offsetAt(wanted + 86_400_000);
  return new Date(after + offsetAt(after) === wanted ? after : before);
}

/** False for times that the catalogue's DATE columns and calendars can't hold in every time zone. */
export function isCalendarTime(moment: Date): boolean {
  const year = moment.getUTCFullYear();
  return year >= 2000 && year < 3000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

// YYYY-MM-DDTHH:MM:SS; the Swedish locale writes dates the ISO way.
function localTime(moment: Date, timeZone: string): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(timeZone, format);
  }
  return format.format(moment).replace(' ', 'T');
}
