import { generateKeyPairSync, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { loadSigningKeys, type SigningKeys } from '@ticketing/common/signing-keys';
import fc from 'fast-check';
import { decodeBase45, encodeBase45 } from './base45.ts';
import { readCode, type TicketCodes, writeCodes } from './ticket-codes.ts';

/** Letters that a QR code of version 6 holds with correction of level M (ISO/IEC 18004, table 7). */
const lettersInVersion6 = 154;

const newKey = (kid: string) => ({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid });
const load = (...keys: object[]): Promise<SigningKeys> => loadSigningKeys(JSON.stringify({ keys }));
const ticket = { ticketId: newId(), performanceId: newId(), seatId: newId() };
const said = { ticketId: ticket.ticketId, performanceId: ticket.performanceId };
const expiresAt = new Date('2031-05-02T10:00:00Z');

const [old, current] = [newKey('ticket-1'), newKey('ticket-2')];
let keys: SigningKeys;
let codes: TicketCodes;
beforeAll(async () => {
  keys = await load(current, old);
  codes = await writeCodes(keys, ticket, expiresAt);
});

describe('the codes of a ticket', () => {
  it('say which ticket of which performance it is', async () => {
    expect(await readCode(keys, codes.qr)).toEqual(said);
    expect(await readCode(keys, codes.qrText)).toEqual(said);
  });

  it('fit into a QR code of version 6', () => {
    expect(codes.qrText).toHaveLength(153);
    expect(codes.qrText.length).toBeLessThanOrEqual(lettersInVersion6);
  });

  it('can be checked with the public keys alone, as docs/tickets.md says', () => {
    const bytes = Buffer.from(decodeBase45(codes.qrText) ?? []);
    const key = keys.publicKeys.get('ticket-2');
    if (!key) throw new Error('the key is not public');
    expect(verify(null, bytes.subarray(0, 38), key, bytes.subarray(38))).toBe(true);
    expect(bytes.readUInt8(0)).toBe(1);
    expect(bytes.subarray(2, 18)).toEqual(idToBinary(ticket.ticketId));
    expect(bytes.subarray(18, 34)).toEqual(idToBinary(ticket.performanceId));
    expect(bytes.readUInt32BE(34)).toBe(expiresAt.getTime() / 1_000);
  });

  it('are good while their key is known, on its way out too', async () => {
    const before = await writeCodes(await load(old), ticket, expiresAt);
    for (const code of [before.qr, before.qrText]) {
      expect(await readCode(keys, code)).toEqual(said);
      expect(await readCode(await load(current), code)).toBeUndefined();
    }
  });

  it('are read after their end too: when the performance is may have changed', async () => {
    const ended = await writeCodes(keys, ticket, new Date('2020-01-01T00:00:00Z'));
    expect([await readCode(keys, ended.qr), await readCode(keys, ended.qrText)]).toEqual([said, said]);
  });
});

describe('a code that is not ours', () => {
  it('is nothing, whichever bit of a good one is another', async () => {
    const bytes = decodeBase45(codes.qrText) ?? new Uint8Array();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length * 8 - 1 }), async (bit) => {
        const changed = Uint8Array.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await readCode(keys, encodeBase45(changed))).toBeUndefined();
      }),
    );
  });

  it.each<[string, () => Promise<string> | string]>([
    ['signed by another key under the same id', async () => (await writeCodes(await load(newKey('ticket-2')), ticket, expiresAt)).qrText],
    ['a JWS by another key under the same id', async () => (await writeCodes(await load(newKey('ticket-2')), ticket, expiresAt)).qr],
    ['a JWS for somebody else', () => keys.sign({ sub: ticket.ticketId }, { issuer: 'ticketing-user', audience: 'ticketing', expiresAt })],
    ['a JWS that is cut off', () => codes.qr.slice(0, -1)],
    ['cut off', () => codes.qrText.slice(0, -3)],
    ['longer', () => `${codes.qrText}000`],
    ['in small letters', () => codes.qrText.toLowerCase()],
    ['a web address', () => 'https://example.com/'],
    ['nothing', () => ''],
    ['nonsense', () => 'eyJ.😀.'],
  ])('is nothing: %s', async (_what, make) => {
    expect(await readCode(keys, await make())).toBeUndefined();
  });
});
