import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { z } from 'zod';

/** Makes the secrets of transfer links. */
export interface TransferTokens {
  /** The token of a new transfer. */
  make: (transferId: string) => string;
  /** The token of a transfer again, for whom its offer is answered once more. Undefined when the key that made it is gone. */
  again: (transferId: string, hash: Buffer) => string | undefined;
}

const keySet = z.object({ keys: z.array(z.object({ d: z.string() })).min(1) });

/**
 * A token is a keyed hash of its transfer's id, so that a repeated request gets the same link although only the hash of it is stored.
 * @param secret JSON Web Key Set with private keys, newest first
 */
export function createTransferTokens(secret: string): TransferTokens {
  const keys = keySet.parse(JSON.parse(secret)).keys.map(({ d }) => {
    return Buffer.from(hkdfSync('sha256', Buffer.from(d, 'base64url'), Buffer.alloc(0), 'ticket-transfers', 32));
  });
  const tokens = (transferId: string): string[] => keys.map((key) => createHmac('sha256', key).update(transferId).digest('base64url'));
  return {
    make: (transferId) => tokens(transferId)[0] ?? '',
    again: (transferId, hash) => tokens(transferId).find((token) => hashToken(token).equals(hash)),
  };
}

/** What of a token is stored. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
