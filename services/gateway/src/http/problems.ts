interface ProblemKind {
  status: number;
  /** One sentence; the same for every occurrence. */
  title: string;
  /** When to ask again, for problems that pass by themselves. */
  retryAfterSeconds?: number;
}

/** Every problem that the public API answers with, by its stable code. docs/problems.md is generated from it. */
const problems = {
  'invalid-body': { status: 400, title: 'The body is not a JSON object in UTF-8.' },
  'idempotency-key-required': { status: 400, title: 'The request needs an Idempotency-Key header.' },
  'idempotency-key-invalid': { status: 400, title: 'An Idempotency-Key is 1 to 200 visible ASCII characters.' },
  unauthenticated: { status: 401, title: 'The request needs a good access token.' },
  'invalid-credentials': { status: 401, title: 'Address or password is wrong.' },
  forbidden: { status: 403, title: 'Your roles do not allow this.' },
  'wrong-password': { status: 403, title: 'The current password is another one.' },
  'cross-site-request': { status: 403, title: 'Another site has sent the request with the cookie of your session.' },
  'address-not-verified': { status: 403, title: 'You have not verified your e-mail address.' },
  'queue-pass-required': { status: 403, title: 'The request needs a pass from the waiting room.' },
  'queue-pass-invalid': { status: 403, title: 'The pass is expired, forged, or for another person or concert.' },
  'sale-not-open': { status: 403, title: 'The sale has not begun.' },
  'not-found': { status: 404, title: 'There is nothing at this address.' },
  'user-not-found': { status: 404, title: 'There is no such account.' },
  'concert-not-found': { status: 404, title: 'There is no such concert.' },
  'venue-not-found': { status: 404, title: 'There is no such venue.' },
  'cancellation-not-found': { status: 404, title: 'The performance is not cancelled.' },
  'performance-not-found': { status: 404, title: 'There is no such performance.' },
  'section-not-found': { status: 404, title: 'The performance has no such section.' },
  'seat-not-found': { status: 404, title: 'The performance has no such seat.' },
  'block-not-found': { status: 404, title: 'The performance has no such block.' },
  'room-not-found': { status: 404, title: 'The concert has no waiting room at present.' },
  'not-in-queue': { status: 404, title: 'You have no place in this waiting room.' },
  'reservation-not-found': { status: 404, title: 'You have no such reservation.' },
  'payment-not-found': { status: 404, title: 'You have no such payment.' },
  'order-not-found': { status: 404, title: 'There is no such order.' },
  'transfer-not-found': { status: 404, title: 'There is no such transfer of this ticket.' },
  'ticket-not-found': { status: 404, title: 'You have no such ticket.' },
  'setting-not-found': { status: 404, title: 'There is no such setting.' },
  'saga-not-found': { status: 404, title: 'There is no such saga.' },
  'dead-letter-not-found': { status: 404, title: 'There is no such dead letter.' },
  'replay-not-found': { status: 404, title: 'There is no such replay.' },
  'webhook-not-found': { status: 404, title: 'There is no such webhook.' },
  'delivery-not-found': { status: 404, title: 'The webhook has no such delivery.' },
  'method-not-allowed': { status: 405, title: 'This address does not take this method.' },
  'email-taken': { status: 409, title: 'There is an account with this address already.' },
  'tickets-live': { status: 409, title: 'You have tickets for performances to come.' },
  'own-operator-role': { status: 409, title: 'Operators can’t take this role from themselves.' },
  'seat-taken': { status: 409, title: 'At least one of the seats is taken; no seat was held.' },
  'person-limit-reached': { status: 409, title: 'One person can’t have more seats of this performance.' },
  'not-enough-seats': { status: 409, title: 'Fewer seats are free than were asked for.' },
  'order-in-progress': { status: 409, title: 'Another of your orders is still being processed.', retryAfterSeconds: 1 },
  'reservation-not-cancellable': { status: 409, title: 'The reservation can no longer be cancelled.' },
  'hold-expired': { status: 409, title: 'The hold has ended; the seats can no longer be paid for.' },
  'sale-over': { status: 409, title: 'The performance has begun or is cancelled; its tickets are no longer on sale.' },
  'amount-mismatch': { status: 409, title: 'The amount differs from the reservation’s price; the reserved points were returned.' },
  'insufficient-points': { status: 409, title: 'The wallet has too few points.' },
  'already-paid': { status: 409, title: 'The reservation is paid for already.' },
  'payment-abandoned': { status: 409, title: 'The payment was cancelled; the reserved points were returned.' },
  'balance-limit-reached': { status: 409, title: 'The wallet can’t hold that many points.' },
  'refund-not-allowed': { status: 409, title: 'The payment can’t be refunded.' },
  'already-refunded': { status: 409, title: 'The payment, or a ticket of it, is refunded already.' },
  'already-checked-in': { status: 409, title: 'Somebody was let in with the ticket already.' },
  'ticket-void': { status: 409, title: 'The ticket is void: it was given back or passed on.' },
  'gate-staff-full': { status: 409, title: 'No more accounts can work at this gate.' },
  'transfer-open': { status: 409, title: 'There is a link for this ticket already; revoke it first.' },
  'transfer-not-allowed': { status: 409, title: 'The ticket can’t be passed on.' },
  'concert-cancelled': { status: 409, title: 'The concert is cancelled.' },
  'concert-not-published': { status: 409, title: 'The concert is a draft.' },
  'performance-cancelled': { status: 409, title: 'The performance is cancelled.' },
  'venue-time-zone-differs': { status: 409, title: 'The venue is known with another time zone.' },
  'venue-name-taken': { status: 409, title: 'Another venue has this name in this city.' },
  'too-many-joins': { status: 409, title: 'You have taken as many places in this waiting room as a person may take.' },
  'not-drawn-yet': { status: 409, title: 'The places are drawn when the waiting room opens.', retryAfterSeconds: 5 },
  'room-not-open-yet': { status: 409, title: 'It is too early to join this waiting room.' },
  'too-many-rooms': { status: 409, title: 'You are in too many waiting rooms at a time.' },
  'room-closed': { status: 409, title: 'The waiting room is closed.' },
  'room-not-lost': { status: 409, title: 'The waiting room is not lost; it needs no restart.' },
  'saga-busy': { status: 409, title: 'Another attempt at the saga is running; try again soon.', retryAfterSeconds: 5 },
  'saga-ended': { status: 409, title: 'The saga has ended.' },
  'saga-not-compensable': { status: 409, title: 'A refund can’t be compensated, only completed.' },
  'dead-letter-not-parked': { status: 409, title: 'The dead letter is not parked.' },
  'webhooks-off': { status: 409, title: 'This shop sends no webhooks.' },
  'too-many-webhooks': { status: 409, title: 'You have as many webhooks as an account may have.' },
  'request-in-progress': { status: 409, title: 'The same request is still running.', retryAfterSeconds: 1 },
  'reset-gone': { status: 410, title: 'The token sets no password: it was used, replaced or is too old.' },
  'verification-gone': { status: 410, title: 'The token verifies nothing: it was used, replaced or is too old.' },
  'transfer-gone': { status: 410, title: 'The link is used, revoked or over, or there never was one.' },
  'body-too-large': { status: 413, title: 'The body is too large.' },
  'unsupported-media-type': { status: 415, title: 'Bodies are application/json in UTF-8.' },
  'invalid-request': { status: 422, title: 'Some fields do not fit; see errors.' },
  'ticket-invalid': { status: 422, title: 'This is no ticket of this performance.' },
  'invalid-cursor': { status: 422, title: 'The cursor does not come from an earlier page.' },
  'invalid-layout': { status: 422, title: 'The seats are not a valid layout.' },
  'invalid-time': { status: 422, title: 'The time is outside the accepted range.' },
  'invalid-time-zone': { status: 422, title: 'The time zone is not an IANA name.' },
  'webhook-url-refused': { status: 422, title: 'Nothing is sent to this address.' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used for another request.' },
  'sales-range-too-long': { status: 422, title: 'The time is too long for one answer; ask for a part of it.' },
  'setting-out-of-range': { status: 422, title: 'The setting does not take this value.' },
  'rate-limited': { status: 429, title: 'Too many requests; wait a little.', retryAfterSeconds: 1 },
  'too-many-attempts': { status: 429, title: 'Too many wrong passwords; wait a little.', retryAfterSeconds: 10 },
  'too-many-mails': { status: 429, title: 'Too many mails were sent for this account; wait an hour.', retryAfterSeconds: 3_600 },
  'internal-error': { status: 500, title: 'Something went wrong on our side.' },
  'waiting-room-lost': {
    status: 503,
    title: 'The places of this waiting room were lost; an operator has to restart it.',
    retryAfterSeconds: 10,
  },
  'temporarily-unavailable': { status: 503, title: 'A part of the shop is unavailable; try again soon.', retryAfterSeconds: 3 },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problems;

/** What is wrong with one field; `path` is dotted, for example `seatIds.0`. */
export interface FieldError {
  path: string;
  message: string;
}

interface ProblemDetails {
  /** A sentence about this occurrence. */
  detail?: string;
  errors?: FieldError[];
  seatIds?: string[];
  /** The check-in that stands, for a ticket that was scanned before. */
  checkedIn?: { checkedInAt: string; gate: string | null };
  positions?: number[];
  /** In place of the code's own. */
  retryAfterSeconds?: number;
  /** The methods that an address takes, for 405. */
  allow?: string[];
}

/** One occurrence of a problem, to be answered as RFC 9457 problem+json. */
export interface Problem extends ProblemDetails {
  kind: 'problem';
  code: ProblemCode;
}

export function problem(code: ProblemCode, details: ProblemDetails = {}): Problem {
  return { kind: 'problem', code, ...details };
}

export function isProblem(value: object): value is Problem {
  return 'kind' in value && value.kind === 'problem';
}

export function describeProblem(code: ProblemCode): ProblemKind {
  return problems[code];
}

/** In the order of the catalogue. */
export function listProblems(): ({ code: string } & ProblemKind)[] {
  return Object.entries(problems).map(([code, kind]) => ({ code, ...kind }));
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}

interface RefusalMessage {
  code: string;
  detail: string;
  seatIds: string[];
  positions?: number[];
}

/**
 * The problem behind a service's answer that has no result.
 * @throws Error when the service gave no answer at all or one that the catalogue does not know, which is our mistake
 */
export function refused(result: { case: 'refusal'; value: RefusalMessage } | { case: undefined }): Problem {
  if (result.case === undefined) throw new Error('the service gave an empty answer');
  const { code, detail, seatIds, positions = [] } = result.value;
  if (!isProblemCode(code)) throw new Error(`the service refused with an unknown code: ${code}`);
  return problem(code, { ...(detail && { detail }), ...(seatIds.length > 0 && { seatIds }), ...(positions.length > 0 && { positions }) });
}
