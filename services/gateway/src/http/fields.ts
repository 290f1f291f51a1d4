import { z } from 'zod';

// Control characters have no place in names, and half of a surrogate pair can't be stored.
const unprintable = /[\p{Cc}\p{Cs}]/u;
const unprintableExceptLines = /[^\P{Cc}\n\r\t]|\p{Cs}/u;

/** Text on one line, trimmed, in Unicode's composed form, `min` to `max` characters. */
export function line(min: number, max: number) {
  return z
    .string()
    .normalize('NFC')
    .trim()
    .min(min)
    .max(max)
    .refine((value) => !unprintable.test(value), 'Must not have control characters or broken Unicode');
}

/** Text that may have several lines, trimmed, in Unicode's composed form, up to `max` characters. */
export function paragraphs(max: number) {
  return z
    .string()
    .normalize('NFC')
    .trim()
    .max(max)
    .refine((value) => !unprintableExceptLines.test(value), 'Must not have control characters or broken Unicode');
}

/** A secret that is taken as it is, `min` to `max` characters. */
export function secret(min: number, max: number) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !unprintable.test(value), 'Must not have control characters or broken Unicode')
    .meta({ format: 'password' });
}

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

/** Header `If-None-Match`, as it came; undefined when there is none. */
export const ifNoneMatch = z.string().optional();

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
