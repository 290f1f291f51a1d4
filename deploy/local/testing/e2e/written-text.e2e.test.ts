import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { ApiReply } from '../../client/api-client.ts';
import { reservationShape } from '../../client/shapes.ts';
import { prepareSale } from '../../demo/prepare-sale.ts';
import * as shapes from './api-shapes.ts';
import { expectRefusal } from './refusals.ts';
import { newVisitor, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const hidden = ['\u200b', '\u3164', '\u202e', '\u2066', '\u200f', '\uffa0', '\u00ad', '\u200d', '\0'];
const shown = ['👩‍💻 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'مرحبا', 'می‌خواهم', 'ක්‍ෂ', 'สวัสดี', 'ᄒᆞᆫ글', '葛󠄀', 'Beyoncé 아이유'];

const signUp = (fields: Record<string, unknown>): Promise<ApiReply> =>
  shop.api.sendPatiently('POST', '/users', {
    body: { email: `${randomUUID()}@example.com`, password: 'long enough', name: 'Fan', ...fields },
  });
const logIn = (email: string, password: string): Promise<ApiReply> =>
  shop.api.sendPatiently('POST', '/sessions', { body: { email, password } });

const concert = {
  ...{ title: 'A title', artist: 'An artist', description: 'Two\nlines' },
  venue: { name: 'Hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
  saleOpensAt: new Date(Date.now() - 60_000).toISOString(),
};
const publish = (fields: Record<string, unknown> = {}): Promise<ApiReply> =>
  shop.api.send('POST', '/admin/concerts', { token: shop.operator.token, body: { ...concert, ...fields } });

describe('text that can’t be seen', () => {
  it.each(hidden)('is refused in every name, which is named: %j', async (part) => {
    const bad = `A${part}B`;
    const { token } = shop.operator;
    const nobody = randomUUID();
    const attempts: [path: string, reply: ApiReply][] = [
      ['name', await signUp({ name: bad })],
      ['name', await signUp({ name: part })],
      ['title', await publish({ title: bad })],
      ['artist', await publish({ artist: part })],
      ['description', await publish({ description: bad })],
      ['venue.name', await publish({ venue: { ...concert.venue, name: bad } })],
      ['venue.city', await publish({ venue: { ...concert.venue, city: bad } })],
      ['title', await shop.api.send('PATCH', `/admin/concerts/${nobody}`, { token, body: { title: bad } })],
      [
        'sections.0.name',
        await shop.api.send('POST', `/admin/concerts/${nobody}/performances`, {
          token,
          body: { startsAt: '2099-01-01T10:00:00Z', sections: [{ name: bad, rows: 1, seatsPerRow: 1, price: 1 }] },
        }),
      ],
      ['reason', await shop.api.send('POST', `/admin/payments/${nobody}/cancel`, { token, body: { reason: bad } })],
    ];
    for (const [path, reply] of attempts) {
      expectRefusal(reply, 422, 'invalid-request');
      expect(reply.body).toMatchObject({ errors: [{ path, message: expect.stringMatching(/^Must (not )?have/) }] });
    }
  });

  it('is ignored in searches', async () => {
    for (const path of ['/concerts?q=', '/concerts/suggestions?q=', '/concerts?artist=']) {
      expect((await shop.api.send('GET', path + encodeURIComponent('\u202eIU\u200b'))).status).toBe(200);
    }
  });

  it.each(shown)('is only what has no meaning: %s comes back as it was', async (text) => {
    expect(await signUp({ name: text.normalize('NFD') })).toMatchObject({ status: 201, body: { name: text.normalize('NFC') } });
    const venue = { ...concert.venue, name: `${text} 홀` };
    const reply = await publish({ title: text, artist: text, description: `${text}\n${text}`, venue });
    expect(reply).toMatchObject({
      status: 201,
      body: { title: text, artist: text, description: `${text}\n${text}`, venue: { name: venue.name } },
    });
  });
});

describe('what looks different', () => {
  it.each([
    ['ハハ', 'パパ'],
    ['R홀', 'Ｒ홀'],
    ['がき', 'かき'],
    ['🍣', '🍺'],
  ])('is another venue: %s and %s', async (...names) => {
    const city = randomUUID();
    const replies = await Promise.all([...names, ...names].map((name) => publish({ venue: { ...concert.venue, name, city } })));
    const venues = replies.map((reply) => shapes.concert.parse(reply.body).venue);
    expect(venues.map(({ name }) => name)).toEqual([...names, ...names]);
    expect(new Set(venues.map(({ id }) => id)).size).toBe(2);
  });

  it('is another section, with its own price', async () => {
    const names = ['🍣', '🍺', 'Cafe', 'Café', 'A', 'Ａ', '1', '①'];
    const sections = names.map((name, index) => ({ name, rows: 1, seatsPerRow: 2, price: 3_000 + index }));
    const sale = await prepareSale(shop.api, shop.stack, { seats: names.length * 2, capacity: 100, sections });
    const visitors = [await newVisitor(shop, sale), await newVisitor(shop, sale)];
    // The dearest first: what is compared loosely comes from the cheaper ones before it.
    for (const [index, section] of [...names.entries()].reverse()) {
      const { token, pass } = visitors[index % 2]!;
      const body = { performanceId: sale.performanceId, quantity: 1, section: section.normalize('NFD') };
      const reply = await shop.api.sendPatiently('POST', '/reservations', { token, pass, idempotencyKey: randomUUID(), body });
      expect([section, reply.status, reservationShape.safeParse(reply.body).data?.amount]).toEqual([section, 201, 3_000 + index]);
    }
  });
});

describe('a password', () => {
  it.each(['Señor café 비밀번호 9', 'Ångström がぎぐげご'])('is the same however it is composed: %s', async (password) => {
    for (const [given, typed] of [
      ['NFD', 'NFC'],
      ['NFC', 'NFD'],
    ] as const) {
      const email = `${randomUUID()}@example.com`;
      expect((await signUp({ email, password: password.normalize(given) })).status).toBe(201);
      expect((await logIn(email, password.normalize(typed))).status).toBe(201);
      expectRefusal(await logIn(email, `${password}.`), 401, 'invalid-credentials');
    }
  });
});

describe('an e-mail address', () => {
  it('may have blanks around it', async () => {
    const email = `${randomUUID()}@example.com`;
    expect(await signUp({ email: ` ${email}` })).toMatchObject({ status: 201, body: { email } });
    expect((await logIn(`${email} `, 'long enough')).status).toBe(201);
    expectRefusal(await signUp({ email: `${email}\t` }), 409, 'email-taken');
  });

  it('may be written in any script, and is the same in all its forms', async () => {
    const email = `나${randomUUID()}@예제.한국`;
    expect(await signUp({ email: email.normalize('NFD') })).toMatchObject({ status: 201, body: { email } });
    for (const written of [email, email.toUpperCase(), email.replace('예제.한국', 'xn--2j5b21b.xn--3e0b707e')]) {
      const { accessToken: token } = shapes.session.parse((await logIn(written, 'long enough')).body);
      expect(await shop.api.call(shapes.user, 'GET', '/users/me', { token })).toMatchObject({ email });
    }
    expectRefusal(await signUp({ email: email.toUpperCase() }), 409, 'email-taken');
    expect((await signUp({ email: email.replace('나', 'ㄴㅏ') })).status).toBe(201);
  });
});

const layoutDocument = z.object({
  components: z.object({
    schemas: z.object({
      SchedulePerformance: z.object({
        properties: z.object({
          sections: z.object({
            maxItems: z.int(),
            items: z.object({
              properties: z.object({
                name: z.object({ maxLength: z.int() }),
                rows: z.object({ maximum: z.int() }),
                seatsPerRow: z.object({ maximum: z.int() }),
                price: z.object({ maximum: z.int() }),
              }),
            }),
          }),
        }),
      }),
    }),
  }),
});

describe('a layout as large as the document allows', () => {
  it.each([
    ['300 rows of 10', () => [{ name: 'Floor', rows: 300, seatsPerRow: 10, price: 1 }]],
    ['the most rows, with the longest name and price', ({ rows, name, price }: Maxima) => [{ name, rows, seatsPerRow: 40, price }]],
    [
      'the most sections and seats in a row',
      ({ sections, seatsPerRow }: Maxima) =>
        Array.from({ length: sections }, (_, index) => ({
          name: `${index}`,
          rows: 1,
          seatsPerRow: index === 0 ? seatsPerRow : 1,
          price: 1,
        })),
    ],
  ])('is sold: %s', async (_what, sectionsOf) => {
    const sections = sectionsOf(await readMaxima());
    const seats = sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0);
    const sale = await prepareSale(shop.api, shop.stack, { seats, capacity: 10, sections });
    const visitor = await newVisitor(shop, sale);
    const ids = await seatIdsOf(sale, visitor);
    expect(ids).toHaveLength(seats);
    expect((await visitor.hold(sale.performanceId, visitor.pass, ids.slice(-4))).status).toBe(201);
  });
});

interface Maxima {
  sections: number;
  name: string;
  rows: number;
  seatsPerRow: number;
  price: number;
}

async function readMaxima(): Promise<Maxima> {
  const document = layoutDocument.parse((await shop.api.send('GET', '//openapi.json')).body);
  const { sections } = document.components.schemas.SchedulePerformance.properties;
  const { name, rows, seatsPerRow, price } = sections.items.properties;
  return {
    ...{ sections: sections.maxItems, rows: rows.maximum, seatsPerRow: seatsPerRow.maximum, price: price.maximum },
    name: '🍣'.repeat(name.maxLength),
  };
}
