import { serviceNames } from '../local/services.ts';
import type { StackOptions } from '../local/stack.ts';

// A load comes from one address and from few people, faster than any person is allowed to be.
const limits = [
  ...['CREDENTIALS', 'BAD_TOKENS', 'SEARCHES', 'SUGGESTIONS', 'ADDRESS', 'USER'],
  ...['JOINS', 'JOINS_ADDRESS', 'POLLS', 'POLLS_ADDRESS'],
];
const unlimited = Object.fromEntries(limits.map((name) => [`RATE_${name}`, '1000000']));

/** Environment of services under load: as in production, but without limits by person and address. */
export const loadEnvironment: NonNullable<StackOptions['env']> = Object.fromEntries(
  serviceNames.map((service) => [service, { NODE_ENV: 'production', ...(service === 'gateway' && unlimited) }]),
);
