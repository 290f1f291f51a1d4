import { z } from 'zod';
import { eventually, type TestShop } from './test-shop.ts';

const mailsShape = z.array(z.object({ html: z.string() }));
const links = { 'verify-address': /\/verify#([\w-]+)/, 'reset-password': /\/reset-password#([\w-]+)/ };
// The mails of earlier tests may have to go out first.
const patienceMs = 120_000;

/** The token in a mail of a kind that has reached an address. @param besides tokens of mails before it */
export function mailedToken(
  { stack }: TestShop,
  kind: keyof typeof links,
  address: string,
  besides: readonly string[] = [],
): Promise<string> {
  const look = async () => {
    const reply = await fetch(`${stack.mail.url}/api/mails?to=${encodeURIComponent(address)}`);
    const tokens = mailsShape.parse(await reply.json()).map(({ html }) => links[kind].exec(html)?.[1]);
    return tokens.find((token) => token !== undefined && !besides.includes(token));
  };
  return eventually(`a mail ${kind}`, look, patienceMs);
}
