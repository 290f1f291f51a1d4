import { expect } from '@jest/globals';
import { formatFindings, isClean } from '@ticketing/common/witness/run-witness';
import { runWitness } from '../../witness/stack-books.ts';
import type { TestShop } from './test-shop.ts';

/** Recounts the stack's books; what is wrong with them is shown. */
export async function expectCleanBooks({ stack }: TestShop): Promise<void> {
  const findings = await runWitness(stack);
  expect(isClean(findings) ? 'clean' : formatFindings(findings)).toBe('clean');
}
