import { expectOf, setting, thresholds } from './shop.ts';

export const options = { thresholds };

const words = ['아이유', 'bts', 'jazz', '서울', 'tokyo'];
const beginnings = ['아', '방탄', 'col', 'jaz'];

/** A person looks around in the shop and signs up nowhere. */
export default async function lookAround(): Promise<void> {
  const concertId = setting('CONCERT');
  await expectOf([200], 'list', 'GET', '/concerts');
  await expectOf([200], 'suggestions', 'GET', `/concerts/suggestions?q=${encodeURIComponent(oneOf(beginnings))}`);
  await expectOf([200], 'search', 'GET', `/concerts?q=${encodeURIComponent(oneOf(words))}`);
  await expectOf([200], 'concert', 'GET', `/concerts/${concertId}`);
  await expectOf([200], 'performances', 'GET', `/concerts/${concertId}/performances`);
}

function oneOf(values: readonly string[]): string {
  return values[Math.floor(Math.random() * values.length)] ?? '';
}
