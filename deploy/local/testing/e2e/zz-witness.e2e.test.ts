import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { expectCleanBooks } from './clean-books.ts';
import { openTestShop, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

// Last by its name: everything that the other files did is in the books.
describe('after everything that has happened to the stack', () => {
  it('no seat is sold twice and every won is accounted for', () => expectCleanBooks(shop));
});
