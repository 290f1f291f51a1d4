import { describe, expect, it } from '@jest/globals';
import { addMails, mailIdOf } from './add-mail.ts';
import { locales, type MailContent, mailContent, mailKinds } from './mail.ts';
import type { PerformanceFacts } from './performance-facts.ts';
import { writeMail } from './write-mail.ts';

const performanceId = '019377a0-0000-7000-8000-000000000001';
const concertId = '019377a0-0000-7000-8000-000000000002';
const reservationId = '019377a0-0000-7000-8000-000000000003';
const facts: PerformanceFacts = {
  ...{ title: '봄밤 콘서트', startsAt: new Date('2027-04-01T10:30:00Z'), timeZone: 'Asia/Seoul' },
  ...{ venue: '예술의전당', city: '서울' },
};
const publicUrl = 'https://shop.example/';
const bought: MailContent = { kind: 'tickets-bought', data: { concertId, performanceId, reservationId, amount: 1_234_000 } };

/** What fits a kind of mail. */
function contentOf(kind: string): MailContent {
  return mailContent.parse({ kind, data: { link: '/verify#abc', concertId, performanceId, reservationId, amount: 50_000 } });
}

describe('a mail', () => {
  it.each(mailKinds.flatMap((kind) => locales.map((locale) => [kind, locale] as const)))('%s has a text in %s', (kind, locale) => {
    const { subject, html } = writeMail(contentOf(kind), locale, facts, publicUrl);
    expect(subject).not.toBe('');
    expect(html).toContain(`<html lang="${locale}">`);
    expect(/[가-힣]/.test(subject.replace(facts.title, ''))).toBe(locale === 'ko');
    expect(html).toContain(/verify|reset/.test(kind) ? 'https://shop.example/verify#abc' : 'https://shop.example"');
  });

  it('tells when in the time of the venue, where, and how much', () => {
    const { subject, html } = writeMail(bought, 'ko', facts, publicUrl);
    expect(subject).toBe('예매 완료: 봄밤 콘서트');
    for (const text of ['2027년 4월 1일', '오후 7:30 (Asia/Seoul)', '예술의전당, 서울', '1,234,000원']) expect(html).toContain(text);
    const english = writeMail(bought, 'en', facts, publicUrl);
    for (const text of ['Thursday, April 1, 2027', '7:30', 'KRW 1,234,000']) expect(english.html).toContain(text);
  });

  it('shows what people wrote as text', () => {
    const { html } = writeMail(bought, 'en', { ...facts, title: `<script>alert("&'")</script>`, venue: '<b>' }, publicUrl);
    expect(html).not.toMatch(/<script|<b>/);
    expect(html).toContain('&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;');
  });

  it.each(['a\r\nBcc: evil@example.com', 'a\nb', 'a\u0000b', 'a\u2028b', 'a\u202eb', 'a\ud800b'])(
    'has one line as its subject: %j',
    (title) => {
      const { subject } = writeMail(bought, 'en', { ...facts, title }, publicUrl);
      expect(subject).toMatch(/^Your tickets: a [ -~]+$/);
    },
  );

  it('has a subject that fits into a header, and cuts no letter in two', () => {
    const { subject } = writeMail(bought, 'en', { ...facts, title: '😀'.repeat(500) }, publicUrl);
    expect([...new Intl.Segmenter().segment(subject)].length).toBe(150);
    expect(subject).not.toMatch(/\p{Cs}/u);
  });
});

describe('the id of a mail', () => {
  it('is the same for the same event, and another for another', () => {
    const id = mailIdOf('tickets-bought', performanceId);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(mailIdOf('tickets-bought', performanceId.toUpperCase())).toBe(id);
    expect(mailIdOf('payment-refunded', performanceId)).not.toBe(id);
    expect(mailIdOf('tickets-bought', concertId)).not.toBe(id);
  });
});

it('no mails are no statement', async () => {
  const refuse = (): Promise<never> => Promise.reject(new Error('nothing is to be asked'));
  await addMails({ query: refuse, execute: refuse }, []);
});
