/** A free seat with its place in the layout order; neighbours in a row follow each other in number. */
export interface FreeSeat {
  id: string;
  section: string;
  row: string;
  number: number;
  position: number;
}

/**
 * Chooses the best seats: neighbours in one row, as far to the front as possible; where no row has enough
 * neighbours left, the foremost seats that lie closest together in layout order.
 * @param free in layout order
 * @returns `quantity` seats, or undefined when there are fewer
 */
export function chooseSeats<S extends FreeSeat>(free: S[], quantity: number): S[] | undefined {
  if (free.length < quantity) return undefined;
  const windows = free.slice(0, free.length - quantity + 1).map((_, start) => free.slice(start, start + quantity));
  const spans = windows.map((seats) => ({ seats, neighbours: areNeighbours(seats), spread: spreadOf(seats) }));
  return spans.find((span) => span.neighbours)?.seats ?? spans.reduce((best, span) => (span.spread < best.spread ? span : best)).seats;
}

/** True for seats side by side in one row, in their order; also for a single one. */
export function areNeighbours(seats: FreeSeat[]): boolean {
  return seats.every((seat, index) => {
    const before = seats[index - 1];
    return !before || (seat.section === before.section && seat.row === before.row && seat.number === before.number + 1);
  });
}

function spreadOf(seats: FreeSeat[]): number {
  return (seats.at(-1)?.position ?? 0) - (seats[0]?.position ?? 0);
}
