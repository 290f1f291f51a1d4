/** When the last place called was seen to be another one. Times are milliseconds of `performance.now`. */
export interface Step {
  serving: number;
  at: number;
}

/**
 * How long a stream took to tell each step of a line. An event that tells a later step tells the earlier ones as well.
 * @param steps in order
 * @param told what the events of the stream said, in order
 * @returns milliseconds by step; undefined for a step that was never told
 */
export function eventDelays(steps: readonly Step[], told: readonly Step[]): (number | undefined)[] {
  let next = 0;
  return steps.map(({ serving, at }) => {
    while (next < told.length && (told[next]?.serving ?? 0) < serving) next += 1;
    const event = told[next];
    // A step is seen at the next look at the line, which may be after the event.
    return event && Math.max(0, event.at - at);
  });
}
