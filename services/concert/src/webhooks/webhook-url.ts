import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

const usualPorts = ['', '80', '443'];
const firstFreePort = 1_025;

/**
 * Why nothing is sent to an address, as far as the address itself tells; undefined for a good one. What its name leads to is checked when
 * it is sent to.
 * @param toPrivate whether plain HTTP and addresses that are not public are allowed
 */
export function objectionTo(text: string, toPrivate: boolean): string | undefined {
  if (!URL.canParse(text)) return 'It is no URL.';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(toPrivate && url.protocol === 'http:')) return 'It must begin with https://.';
  if (url.username !== '' || url.password !== '') return 'It must not name a user.';
  if (url.hash !== '') return 'It must not have a fragment.';
  if (!usualPorts.includes(url.port) && Number(url.port) < firstFreePort) return 'Its port must be 80, 443 or above 1024.';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!toPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return 'Its address is not public.';
  return undefined;
}
