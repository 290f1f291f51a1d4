/** An appointment as calendars import it. */
export interface CalendarEvent {
  /** The same for all versions of the appointment. */
  uid: string;
  /** Grows with every version: calendars keep the one with the highest. */
  sequence: number;
  startsAt: Date;
  title: string;
  location: string;
  description: string;
  isCancelled: boolean;
}

/** The appointment as an iCalendar object (RFC 5545). @param now when it was made */
export function toCalendar(event: CalendarEvent, now: Date): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Concert ticketing//Tickets//EN',
    'CALSCALE:GREGORIAN',
    'BEGIN:VEVENT',
    `UID:${text(event.uid)}`,
    `SEQUENCE:${event.sequence}`,
    `DTSTAMP:${utc(now)}`,
    `DTSTART:${utc(event.startsAt)}`,
    `SUMMARY:${text(event.title)}`,
    `LOCATION:${text(event.location)}`,
    `DESCRIPTION:${text(event.description)}`,
    `STATUS:${event.isCancelled ? 'CANCELLED' : 'CONFIRMED'}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join('');
}

function utc(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** A value of type TEXT: none of its characters ends the line or the value. */
function text(value: string): string {
  return value
    .replace(/[\\;,]/g, String.raw`\$&`)
    .replace(/\r\n|[\n\r\u0085\u2028\u2029]/g, String.raw`\n`)
    .replace(/\p{Cc}/gu, '');
}

const longestLine = 75;

/** Lines have at most 75 octets; what is longer goes on behind a blank in the next one. No character is parted. */
function fold(line: string): string {
  let folded = '';
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > longestLine) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return folded;
}
