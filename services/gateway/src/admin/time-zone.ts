import { line } from '../http/fields.ts';

/** An IANA time zone that a client names. */
export const timeZone = line(1, 64).refine(isTimeZone, 'Must be an IANA time zone').meta({ example: 'Asia/Seoul' });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
