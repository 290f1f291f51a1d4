/** An expected "no" of a business rule. The shape equals ticketing.common.v1.Refusal, so that it can be sent as it is. */
export interface Refusal {
  kind: 'refused';
  code: string;
  detail: string;
  seatIds: string[];
  /** Of the seats that it is about, and of places where there is no seat. */
  positions: number[];
}

/**
 * @param code stable and public, for example `seat-taken`; listed in docs/problems.md
 * @param detail a sentence for the person who reads the answer
 */
export function refuse(code: string, detail: string, seatIds: string[] = [], positions: number[] = []): Refusal {
  return { kind: 'refused', code, detail, seatIds, positions };
}

export function isRefusal(value: object): value is Refusal {
  return 'kind' in value && value.kind === 'refused';
}

/** The `result` of a reply that says no. */
export function refusalResult({ code, detail, seatIds, positions }: Refusal): {
  case: 'refusal';
  value: { code: string; detail: string; seatIds: string[]; positions: number[] };
} {
  return { case: 'refusal', value: { code, detail, seatIds, positions } };
}
