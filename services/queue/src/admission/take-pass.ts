import { countTaken, findCall, isInGrace, livePasses, passEnd, type Serving, settle } from './serving.ts';

export interface TakeLimits {
  /** How many passes may be good at a time. */
  capacity: number;
  passTtlMs: number;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * Gives a called person the pass. While the shop is full, and after a missed call, the person waits at the front instead.
 * Returns the same object when nothing changes: the pass is there already, or it is not this place's turn.
 */
export function takePass(serving: Serving, position: number, { capacity, passTtlMs, now }: TakeLimits): Serving {
  if (passEnd(serving, position, now) !== undefined) return serving;
  const call = findCall(serving, position);
  const inFront = serving.front.includes(position);
  if (!call && !inFront && !isInGrace(serving, position)) return serving;
  const before = serving.front.filter((place) => place < position).length;
  const hasRoom = (call !== undefined || inFront) && livePasses(serving, now) + before < capacity;
  if (inFront && !hasRoom) return serving;
  // A person at the front was counted before, as come or as missed.
  const counted = call ? countTaken(serving, Math.max(0, now - call.calledAt)) : serving;
  const calls = call ? settle(serving.calls, position) : serving.calls;
  const others = serving.front.filter((place) => place !== position);
  if (!hasRoom) return { ...counted, calls, front: [...others, position].sort((a, b) => a - b) };
  return { ...counted, calls, front: others, passes: serving.passes.with(position, now + passTtlMs) };
}
