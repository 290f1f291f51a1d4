const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const base = alphabet.length;
const digits = new Map(Array.from(alphabet, (letter, value) => [letter, value] as const));

/** Bytes as text of the 45 characters that a QR code packs best (RFC 9285): three for two bytes, two for a last one. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 2) {
    const [first = 0, second] = bytes.subarray(at, at + 2);
    text += second === undefined ? lettersOf(first, 2) : lettersOf(first * 256 + second, 3);
  }
  return text;
}

function lettersOf(value: number, count: number): string {
  return Array.from({ length: count }, (_, place) => alphabet[Math.floor(value / base ** place) % base]).join('');
}

/** The bytes of a text; undefined for one that encodeBase45 never makes. */
export function decodeBase45(text: string): Uint8Array | undefined {
  const values: number[] = [];
  for (const letter of text) {
    const digit = digits.get(letter);
    if (digit === undefined) return undefined;
    values.push(digit);
  }
  if (values.length % 3 === 1) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < values.length; at += 3) {
    const group = values.slice(at, at + 3);
    const value = group.reduce((sum, digit, place) => sum + digit * base ** place, 0);
    if (value >= 256 ** (group.length - 1)) return undefined;
    bytes.push(...(group.length === 3 ? [value >> 8, value & 255] : [value]));
  }
  return Uint8Array.from(bytes);
}
