/** A gate is open from so long before a performance begins until as long after it. */
export const admissionMs = 24 * 60 * 60 * 1_000;

const aheadMs = 60_000;

/** When a performance begins, and what the time is by the database's clock. */
export interface GateTimes {
  startsAt: Date;
  now: Date;
}

/**
 * When a scan was made. A gate that was offline tells it; that may be a minute ahead, and as long ago as the day of the performance.
 * @returns undefined for a time that can't be
 */
export function scanTime({ startsAt, now }: GateTimes, told: Date | undefined): Date | undefined {
  const at = (told ?? now).getTime();
  const earliest = Math.min(startsAt.getTime() - admissionMs, now.getTime() - aheadMs);
  const latest = Math.min(startsAt.getTime() + admissionMs, now.getTime() + aheadMs);
  return at >= earliest && at <= latest ? new Date(at) : undefined;
}
