/** An expected "no" of a business rule. The shape equals ticketing.common.v1.Refusal, so that it can be sent as it is. */
export interface Refusal {
  kind: 'refused';
  code: string;
  detail: string;
  seatIds: string[];
}

/**
 * @param code stable and public, for example `seat-taken`; listed in docs/problems.md
 * @param detail a sentence for the person who reads the answer
 */
export function refuse(code: string, detail: string, seatIds: string[] = []): Refusal {
  return { kind: 'refused', code, detail, seatIds };
}

export function isRefusal(value: object): value is Refusal {
  return 'kind' in value && value.kind === 'refused';
}

/** The `result` of a reply that says no. */
export function refusalResult({ code, detail, seatIds }: Refusal): {
  case: 'refusal';
  value: { code: string; detail: string; seatIds: string[] };
} {
  return { case: 'refusal', value: { code, detail, seatIds } };
}
