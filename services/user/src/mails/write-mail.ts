import type { Locale, MailContent } from './mail.ts';
import { type Facts, mailTexts } from './mail-texts.ts';
import type { PerformanceFacts } from './performance-facts.ts';

export interface WrittenMail {
  subject: string;
  html: string;
}

/** Longer ones are cut; a line of a header has 998 characters at the most. */
const longestSubject = 150;

/**
 * Writes a mail in a person's language.
 * @param performance what a mail about a performance is about
 * @param publicUrl where links begin
 */
export function writeMail(content: MailContent, locale: Locale, performance: PerformanceFacts | undefined, publicUrl: string): WrittenMail {
  const { data } = content;
  const facts: Facts = {
    title: performance?.title ?? '',
    when: performance ? localTime(performance, locale) : '',
    where: performance ? `${performance.venue}, ${performance.city}` : '',
    amount: 'amount' in data ? money(data.amount, locale) : '',
  };
  const { subject, paragraphs, action } = mailTexts[content.kind][locale](facts);
  const home = publicUrl.replace(/\/+$/, '');
  const url = 'link' in data ? home + data.link : home;
  const line = oneLine(subject);
  return { subject: line, html: toHtml(locale, line, paragraphs.map(oneLine), { url, text: action ?? url }) };
}

function localTime({ startsAt, timeZone }: PerformanceFacts, locale: Locale): string {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short', timeZone }).format(startsAt);
  return `${time} (${timeZone})`;
}

function money(amount: number, locale: Locale): string {
  const number = amount.toLocaleString(locale);
  return locale === 'ko' ? `${number}원` : `KRW ${number}`;
}

/** Text that people chose must not begin another header, nor turn round what follows it. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  const characters = Array.from(line);
  return characters.length > longestSubject ? `${characters.slice(0, longestSubject - 1).join('')}…` : line;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

function toHtml(locale: Locale, title: string, paragraphs: readonly string[], link: { url: string; text: string }): string {
  return [
    '<!doctype html>',
    `<html lang="${locale}"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head><body>`,
    ...paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.text)}</a></p>`,
    '</body></html>',
  ].join('\n');
}
