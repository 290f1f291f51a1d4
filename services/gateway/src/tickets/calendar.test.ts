import { describe, expect, it } from '@jest/globals';
import { type CalendarEvent, toCalendar } from './calendar.ts';

const event: CalendarEvent = {
  uid: '0198c0de-0000-7000-8000-000000000001',
  sequence: 6,
  startsAt: new Date('2027-03-01T11:00:00.000Z'),
  title: 'A concert',
  location: 'A hall, Seoul',
  description: 'Somebody\nFloor A 1',
  isCancelled: false,
};
const made = (change: Partial<CalendarEvent> = {}) => toCalendar({ ...event, ...change }, new Date('2026-12-01T08:30:15.250Z'));
/** The lines as a calendar reads them. */
const unfolded = (calendar: string) => calendar.replaceAll('\r\n ', '').split('\r\n');

describe('an appointment', () => {
  it('is an iCalendar object whose lines end with CRLF', () => {
    expect(unfolded(made())).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Concert ticketing//Tickets//EN',
      'CALSCALE:GREGORIAN',
      'BEGIN:VEVENT',
      'UID:0198c0de-0000-7000-8000-000000000001',
      'SEQUENCE:6',
      'DTSTAMP:20261201T083015Z',
      'DTSTART:20270301T110000Z',
      'SUMMARY:A concert',
      String.raw`LOCATION:A hall\, Seoul`,
      String.raw`DESCRIPTION:Somebody\nFloor A 1`,
      'STATUS:CONFIRMED',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
    expect(made().replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('says that it is cancelled', () => {
    expect(unfolded(made({ isCancelled: true }))).toContain('STATUS:CANCELLED');
  });

  it.each(['\r\n', '\n', '\r', '\u0085', '\u2028', '\u2029', '\r\n\r\n', '\u0000\r\n'])(
    'has no lines but its own, whatever ends a line in a title: %j',
    (end) => {
      const lines = unfolded(made({ title: `A${end}END:VEVENT${end}ATTACH:http://example.com` }));
      expect(lines).toHaveLength(unfolded(made()).length);
      expect(lines.filter((line) => /^(END:VEVENT|ATTACH)/.test(line))).toEqual(['END:VEVENT']);
      expect(lines.find((line) => line.startsWith('SUMMARY:'))).toMatch(/^SUMMARY:A(\\n)+END:VEVENT(\\n)+ATTACH:http:\/\/example\.com$/);
    },
  );

  it('escapes what means something in a text', () => {
    expect(unfolded(made({ title: String.raw`a;b,c\n"d:e` }))).toContain(String.raw`SUMMARY:a\;b\,c\\n"d:e`);
  });

  it.each(['x'.repeat(400), '봄밤의 콘서트'.repeat(30), '👩‍🎤🎻'.repeat(40), `${'x'.repeat(66)}é`])(
    'has lines of at most 75 octets, and no character is parted',
    (title) => {
      const calendar = made({ title });
      for (const line of calendar.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      expect(Buffer.from(calendar).toString()).toBe(calendar);
      expect(unfolded(calendar)).toContain(`SUMMARY:${title}`);
    },
  );
});
