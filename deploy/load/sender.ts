/** Addresses of clients that a bench can have; a limit per address counts each for itself. */
const senders = 254;

/** The header by which the gateway takes a request for one of another client. */
export function sentFrom(sender: number): { 'x-forwarded-for': string } {
  return { 'x-forwarded-for': `198.51.100.${(sender % senders) + 1}` };
}
