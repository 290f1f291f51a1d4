import { newId } from '@ticketing/common/database';
import { loadSigningKeys } from '@ticketing/common/signing-keys';
import type { ApiClient } from '../local/client/api-client.ts';
import { type Buyer, buyerWithToken } from '../local/client/buyer.ts';
import { profileFolders } from '../local/profile.ts';
import { loadSecrets } from '../local/secrets.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import { atOnce } from './at-once.ts';

/** Somebody who is signed in. */
export interface Person {
  buyer: Buyer;
  /** What a request of this person carries. */
  headers: Readonly<Record<string, string>>;
}

/** Somebody who has been let into the shop of a concert. */
export interface Visitor extends Person {
  pass: string;
}

const tokenHours = 4;
const chargesAtOnce = 64;

/**
 * People with access tokens that are signed by the key of the stack itself: signing up and logging in costs two password hashes
 * each, and no other service asks whether there is an account.
 */
export async function createPeople(stack: StackDescription, api: ApiClient, count: number): Promise<Person[]> {
  const keys = await loadSigningKeys(loadSecrets(profileFolders(stack.profile).secrets).get('user-signing-keys'));
  const expiresAt = new Date(Date.now() + tokenHours * 3_600_000);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const token = await keys.sign({ sub: newId(), roles: ['fan'] }, { issuer: 'ticketing-user', audience: 'ticketing', expiresAt });
      return { buyer: buyerWithToken(api, token), headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } };
    }),
  );
}

/** Fills everybody's wallet. @param amount KRW */
export async function fillWallets(people: readonly Person[], amount: number, signal: AbortSignal): Promise<void> {
  await atOnce(chargesAtOnce, people, signal, ({ buyer }) => buyer.charge(amount));
}

/** Lets everybody into the shop of a concert. */
export async function letIn(people: readonly Person[], concertId: string): Promise<Visitor[]> {
  return Promise.all(
    people.map(async ({ buyer, headers }) => {
      const pass = await buyer.enter(concertId);
      if (pass === undefined) throw new StepFailure('the concert was sold out before it began');
      return { buyer, pass, headers: { ...headers, 'x-queue-pass': pass } };
    }),
  );
}
