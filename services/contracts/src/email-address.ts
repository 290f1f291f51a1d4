import { domainToASCII, domainToUnicode } from 'node:url';
import { limits } from './limits.ts';

const atom = String.raw`(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}_'+-])+`;
const localPart = new RegExp(String.raw`^${atom}(?:\.${atom})*$`, 'u');
// Persian domains part letters with U+200C.
const writtenDomain = /^[\p{L}\p{M}\p{N}\u200c\u200d.-]+$/u;
const domainName = /^([a-z0-9][a-z0-9-]*\.)+([a-z]{2,}|xn--[a-z0-9-]+)$/;

/**
 * The one form in which an e-mail address is kept and compared: without blanks around it, composed, in small letters, the domain in ASCII.
 * Undefined for what is no address.
 */
export function canonicalEmail(text: string): string | undefined {
  const address = text.normalize('NFC').trim().toLowerCase().normalize('NFC');
  const at = address.lastIndexOf('@');
  const [local, written] = [address.slice(0, at), address.slice(at + 1)];
  if (at < 1 || !localPart.test(local) || !writtenDomain.test(written)) return undefined;
  // A name in ASCII is as it is, unless it stands for another one.
  const isPlain = domainName.test(written) && !written.includes('xn--');
  const domain = isPlain ? written : domainToASCII(domainToUnicode(written));
  if (!domainName.test(domain)) return undefined;
  const canonical = `${local}@${domain}`;
  return Buffer.byteLength(canonical) <= limits.email ? canonical : undefined;
}

/** A canonical address as people write it. */
export function shownEmail(canonical: string): string {
  const at = canonical.lastIndexOf('@') + 1;
  return canonical.slice(0, at) + (domainToUnicode(canonical.slice(at)) || canonical.slice(at));
}
