const firstSeconds = 5;
const growth = 4;
const mostSeconds = 4 * 3_600;

/**
 * How long a delivery waits after so many failed attempts: 5 s, 20 s, 80 s … up to four hours, each a quarter more or less, so that what
 * failed together does not come again together.
 * @param chance from 0 to 1
 */
export function waitSeconds(attempts: number, chance: number): number {
  const wait = Math.min(mostSeconds, firstSeconds * growth ** (attempts - 1));
  return wait * (0.75 + chance / 2);
}

const mostRestSeconds = 300;

/** How long an endpoint is left alone after so many failures in a row, whatever else is due for it. */
export function restSeconds(failures: number, chance: number): number {
  return Math.min(mostRestSeconds, 2 ** (failures - 1)) * (0.75 + chance / 2);
}
