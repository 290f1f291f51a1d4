/** How far the buyers are. Each count only grows. */
export interface Counts {
  signedIn: number;
  joined: number;
  admitted: number;
  held: number;
  /** Holds that were refused because a seat was taken. */
  refused: number;
  paid: number;
  /** Seats in the paid reservations. */
  seatsPaid: number;
  wentHome: number;
  errors: number;
}

const redrawMs = 500;
const plainLineMs = 5_000;

/** Shows the counts while the race runs: one live line on a terminal, a line now and then elsewhere. */
export class LiveTally {
  readonly counts: Counts = { signedIn: 0, joined: 0, admitted: 0, held: 0, refused: 0, paid: 0, seatsPaid: 0, wentHome: 0, errors: 0 };
  readonly #buyers: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(buyers: number) {
    this.#buyers = buyers;
  }

  start(): void {
    const live = process.stdout.isTTY;
    this.#timer = setInterval(
      () => process.stdout.write(live ? `\r\u001b[K${this.#line()}` : `${this.#line()}\n`),
      live ? redrawMs : plainLineMs,
    );
  }

  stop(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.stdout.write(`${process.stdout.isTTY ? '\r\u001b[K' : ''}${this.#line()}\n`);
  }

  #line(): string {
    const { signedIn, joined, admitted, held, refused, paid, wentHome, errors } = this.counts;
    const parts = { 'signed in': `${signedIn}/${this.#buyers}`, joined, admitted, held, refused, paid, 'went home': wentHome, errors };
    return Object.entries(parts)
      .map(([name, value]) => `${name} ${value}`)
      .join(' · ');
  }
}
