import { hash, verify } from '@node-rs/argon2';

/** The argon2id hash that is kept of a password. Keyboards compose é or not; both are the same password. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'));
}

/** Whether a password is the one that was hashed. Old hashes may be of the password as it was typed. */
export async function isPassword(kept: string, password: string): Promise<boolean> {
  const composed = password.normalize('NFC');
  return (await verify(kept, composed)) || (composed !== password && (await verify(kept, password)));
}
