/** When a saga is tried again whose outcome could not be learnt. */
export type NextTry = { pace: 'quick' | 'slow'; seconds: number } | { pace: 'parked' };

const quickTries = 3;

/**
 * Three quick tries, one and two seconds apart; then slow ones; then none, until an operator wants it.
 * @param tries how often it has been tried
 */
export function nextTry(tries: number, slow: { tries: number; seconds: number }): NextTry {
  if (tries < quickTries) return { pace: 'quick', seconds: 2 ** (tries - 1) };
  if (tries < quickTries + slow.tries) return { pace: 'slow', seconds: slow.seconds };
  return { pace: 'parked' };
}

/** True for the one try after which an operator should look. */
export function isLastQuickTry(tries: number): boolean {
  return tries === quickTries;
}
