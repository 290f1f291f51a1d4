import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { Context } from '../context.ts';
import { isPassword } from './password-hash.ts';
import { tooBusy } from './too-busy.ts';

const tooMany = refuse('too-many-attempts', 'Too many wrong passwords came from your network; wait a little.');

/** Somebody who says that an account is theirs. */
export interface Claim {
  /** Canonical; empty for the address of nobody. */
  email: string;
  passwordHash: string;
  password: string;
  clientAddress: string;
}

/**
 * Looks whether the password is the account's, in its turn. Wrong ones are counted by account and network.
 * @param wrong what is answered to a wrong password
 * @returns why not
 */
export async function checkPassword(
  { hashLine, failedAttempts }: Pick<Context, 'hashLine' | 'failedAttempts'>,
  { email, passwordHash, password, clientAddress }: Claim,
  wrong: Refusal,
): Promise<Refusal | undefined> {
  if (failedAttempts.tooMany(email, clientAddress)) return tooMany;
  const look = async (): Promise<'right' | Refusal> => {
    // While it waited, others from there may have failed.
    if (failedAttempts.tooMany(email, clientAddress)) return tooMany;
    if (await isPassword(passwordHash, password)) return 'right';
    failedAttempts.add(email, clientAddress);
    return wrong;
  };
  const outcome = await hashLine.run(clientAddress, look);
  if (outcome === undefined) return tooBusy;
  return outcome === 'right' ? undefined : outcome;
}

/** For somebody who is logged in. */
export const wrongPassword = refuse('wrong-password', 'The current password is another one.');
