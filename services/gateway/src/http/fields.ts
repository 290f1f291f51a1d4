import { canonicalEmail } from '@ticketing/contracts/email-address';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { broken, hiddenPart, isBroken, withoutHidden } from './visible-text.ts';

/** A string of `min` to `max` characters, as people count them: one for each code point. */
function text(schema: z.ZodString, min: number, max: number) {
  return schema
    .refine((value) => isBetween(Array.from(value).length, min, max), `Must have ${min} to ${max} characters`)
    .meta({ ...(min > 0 && { minLength: min }), maxLength: max });
}

function isBetween(length: number, min: number, max: number): boolean {
  return length >= min && length <= max;
}

function isVisible(lines: boolean): z.core.CheckFn<string> {
  return ({ value, issues }) => {
    const message = hiddenPart(value, { lines });
    if (message) issues.push({ code: 'custom', message, input: value });
  };
}

/** Text on one line that can be seen, trimmed, in Unicode's composed form, `min` to `max` characters. */
export function line(min: number, max: number) {
  return text(z.string().normalize('NFC').trim().check(isVisible(false)), min, max);
}

/** Text that may have several lines and can be seen, trimmed, in Unicode's composed form, up to `max` characters. */
export function paragraphs(max: number) {
  return text(z.string().normalize('NFC').trim().check(isVisible(true)), 0, max);
}

/** Words to search for, up to `max` characters. What can't be seen of them is ignored. */
export function searched(max: number) {
  const words = z
    .string()
    .refine((value) => !isBroken(value), { error: broken, abort: true })
    .overwrite((value) => withoutHidden(value).normalize('NFC').trim());
  return text(words, 1, max);
}

/** A secret of `min` to `max` characters in Unicode's composed form. It is passed on as it was typed. */
export function secret(min: number, max: number) {
  return z
    .string()
    .refine((value) => isBetween(Array.from(value.normalize('NFC')).length, min, max), `Must have ${min} to ${max} characters`)
    .refine((value) => !isBroken(value), broken)
    .meta({ format: 'password', minLength: min, maxLength: max });
}

/** An e-mail address, in any script; blanks around it are ignored. */
export const emailAddress = z
  .string()
  .trim()
  .refine((value) => canonicalEmail(value) !== undefined, 'Must be an e-mail address')
  .meta({ format: 'idn-email', maxLength: limits.email, example: 'fan@example.com' });

/** An id that a client sends. */
export const id = z.uuid().toLowerCase();

/** An id in an answer. */
export const shownId = z.uuid().meta({ example: '0198c0de-0000-7000-8000-000000000001' });

/** Whole KRW in an answer. */
export const krw = z.int().meta({ description: 'KRW.' });

/** A point in time in an answer. */
export const shownInstant = z.iso.datetime().meta({ description: 'UTC.', example: '2027-03-01T11:00:00.000Z' });

const earliest = Date.parse('2000-01-01T00:00:00Z');
const latest = Date.parse('2100-01-01T00:00:00Z');

/** A point in time that a client sends, with any zone offset; becomes a Date. */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .refine((date) => date.getTime() >= earliest && date.getTime() < latest, 'Must be between 2000 and 2100')
  .meta({ example: '2027-03-01T20:00:00+09:00' });

/** Query parameter `limit`: 1 to 100, 20 when left out. */
export const limit = z
  .string()
  .regex(/^\d{1,9}$/, 'Must be a whole number')
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .default(20)
  .meta({ type: 'integer', minimum: 1, maximum: 100, default: 20 });

/** Query parameter `cursor`: `nextCursor` of the page before. */
export const cursor = z
  .string()
  .regex(/^[\x21-\x7e]{1,500}$/, 'Must be a nextCursor')
  .optional()
  .meta({ description: '`nextCursor` of the page before.' });

/** `nextCursor` of a page; null on the last one. */
export const nextCursor = z.string().nullable().meta({ description: 'Null on the last page.' });

/** Header `Idempotency-Key`. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .meta({
    description:
      'Repeating a request with the same key has no second effect and gets the first answer. A refusal is no effect: the same request may try again under its key.',
    example: 'order-1',
  });

/** Header `Idempotency-Key` where it may be left out; empty then. */
export const optionalIdempotencyKey = idempotencyKey
  .optional()
  .transform((key) => key ?? '')
  .meta({
    description:
      'Optional. Without it every request takes effect. With it, a repeated request has no second effect and gets the first answer. ' +
      'For dead letters, each service remembers its own keys.',
    example: 'publish-1',
  });

/** Header `If-None-Match`, as it came; undefined when there is none. */
export const ifNoneMatch = z
  .string()
  .optional()
  .meta({ description: 'ETags of answers that you have: 304 where one of them is still the answer.' });

/** Header `Accept-Encoding`: the better of brotli and gzip that the client takes, else empty. */
export const acceptEncoding = z
  .string()
  .default('')
  .transform((header) => {
    const named = header
      .toLowerCase()
      .split(',')
      .map((part) => part.replaceAll(/\s/g, '').split(';'));
    const accepted = named.filter(([, weight]) => !/^q=0(\.0*)?$/.test(weight ?? '')).map(([name]) => name);
    return ['br', 'gzip'].find((name) => accepted.includes(name)) ?? '';
  });
