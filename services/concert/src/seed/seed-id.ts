import { createHash } from 'node:crypto';

// 2026-01-01T00:00:00Z; the time part of every id of demonstration data.
const madeAt = 1_767_225_600_000;

/** The same UUIDv7 for the same name, on every machine. */
export function seedId(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes.writeUIntBE(madeAt, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
