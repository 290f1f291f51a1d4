import { createSlidingCount } from '@ticketing/common/sliding-count';

const minute = 60_000;
/** Wrong passwords a minute in this instance. */
const mostOfNetwork = 300;
const mostOfNetworkForAccount = 10;
/** Beyond it, the account is under attack. */
const mostOfAccount = 30;
const mostOfNetworkUnderAttack = 3;

export interface FailedAttempts {
  /** True when no more passwords are looked at for now. Nobody is refused for what was tried from other networks only. */
  tooMany: (email: string, network: string) => boolean;
  add: (email: string, network: string) => void;
}

/**
 * Counts wrong passwords over the last minute. Right ones cost nothing, and an address that is not known counts like one that is. From many
 * networks an account can be tried a few times a minute from each, and nobody can lock its owner out of another one.
 */
export function createFailedAttempts(now?: () => number): FailedAttempts {
  const ofAccount = createSlidingCount({ windowMs: minute, now });
  const ofNetwork = createSlidingCount({ windowMs: minute, now });
  const ofBoth = createSlidingCount({ windowMs: minute, now });
  const both = (email: string, network: string): string => `${network} ${email}`;
  return {
    tooMany: (email, network) => {
      const most = ofAccount.of(email) < mostOfAccount ? mostOfNetworkForAccount : mostOfNetworkUnderAttack;
      return ofNetwork.of(network) + 1 > mostOfNetwork || ofBoth.of(both(email, network)) + 1 > most;
    },
    add: (email, network) => {
      ofAccount.add(email);
      ofNetwork.add(network);
      ofBoth.add(both(email, network));
    },
  };
}
