import { createHash, verify } from 'node:crypto';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import type { SigningKeys } from '@ticketing/common/signing-keys';
import { z } from 'zod';
import { decodeBase45, encodeBase45 } from './base45.ts';

/** What a code says. */
export interface CodedTicket {
  ticketId: string;
  performanceId: string;
}

/** Both forms of a ticket's code; docs/tickets.md describes them. */
export interface TicketCodes {
  /** A compact JWS. */
  qr: string;
  /** The same right in 102 bytes, as text for a QR code. */
  qrText: string;
}

const issuer = 'ticketing-reservation';
const audience = 'ticketing-gate';

export async function writeCodes(keys: SigningKeys, ticket: CodedTicket & { seatId: string }, expiresAt: Date): Promise<TicketCodes> {
  const { ticketId, performanceId, seatId } = ticket;
  const claims = { sub: ticketId, performance: performanceId, seat: seatId };
  return { qr: await keys.sign(claims, { issuer, audience, expiresAt }), qrText: writeCompact(keys, ticket, expiresAt) };
}

// In this order: version, key, ticket, performance, expiry (seconds since 1970), Ed25519 signature over all that is before it.
const version = 1;
const [ticketAt, performanceAt, expiryAt, signatureAt, compactBytes] = [2, 18, 34, 38, 102];

function writeCompact(keys: SigningKeys, { ticketId, performanceId }: CodedTicket, expiresAt: Date): string {
  const head = Buffer.alloc(signatureAt);
  head.writeUInt8(version, 0);
  head.writeUInt8(keyByteOf(keys.currentKid), 1);
  idToBinary(ticketId).copy(head, ticketAt);
  idToBinary(performanceId).copy(head, performanceAt);
  head.writeUInt32BE(Math.floor(expiresAt.getTime() / 1_000), expiryAt);
  return encodeBase45(Buffer.concat([head, keys.signBytes(head)]));
}

/** Says which key it was, in a byte; several keys may have the same. */
function keyByteOf(kid: string): number {
  return createHash('sha256').update(kid).digest().readUInt8(0);
}

/**
 * What a code of either form says; undefined for one that is forged or none at all. When it ends is for gates that are offline: here the
 * database knows when the performance is.
 */
export async function readCode(keys: SigningKeys, code: string): Promise<CodedTicket | undefined> {
  return code.startsWith('eyJ') ? readJws(keys, code) : readCompact(keys, code);
}

function readCompact({ publicKeys }: SigningKeys, text: string): CodedTicket | undefined {
  const decoded = decodeBase45(text);
  if (decoded?.length !== compactBytes || decoded[0] !== version) return undefined;
  const bytes = Buffer.from(decoded);
  const [head, signature] = [bytes.subarray(0, signatureAt), bytes.subarray(signatureAt)];
  const isGood = [...publicKeys].some(([kid, key]) => keyByteOf(kid) === bytes[1] && verify(null, head, key, signature));
  if (!isGood) return undefined;
  return {
    ticketId: idFromBinary(bytes.subarray(ticketAt, performanceAt)),
    performanceId: idFromBinary(bytes.subarray(performanceAt, expiryAt)),
  };
}

const claims = z.object({ iss: z.literal(issuer), aud: z.literal(audience), sub: z.uuid(), performance: z.uuid() });

async function readJws(keys: SigningKeys, token: string): Promise<CodedTicket | undefined> {
  const { data } = claims.safeParse(await keys.read(token));
  return data && { ticketId: data.sub, performanceId: data.performance };
}
