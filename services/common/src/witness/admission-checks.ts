import type { Check, Row } from './check.ts';
import { drawAgain, type IsAmongFirst } from './draw-order.ts';
import { countUpTo } from './number-ranges.ts';
import { eachPlace, type Place, queueSetting, type Room, readRooms } from './rooms.ts';

// As the queue service has it.
const capacitySetting = { min: 1, max: 100_000, otherwise: 500 };
// Longer than the releaser takes, even if its owner dies.
const stalledAfterMs = 60_000;
// No pass lasts longer.
const longestPassMs = 86_400_000;

export function findBadPasses({ concertId: room, line, admission }: Room, capacity: number, now: number): Row[] {
  const live = admission.passes.filter(([, expiresAt]) => expiresAt > now);
  const rows: Row[] = live.length > capacity ? [{ room, passes: live.length, capacity }] : [];
  const places = live.map(([place]) => place);
  if (new Set(places).size < places.length) rows.push({ room, passes: live.length, of_places: new Set(places).size });
  for (const place of places) if (place > admission.serving) rows.push({ room, pass_of_place: place, called_up_to: admission.serving });
  const last = line.tail - admission.absent;
  if (admission.serving > last) rows.push({ room, called_up_to: admission.serving, last_place: last });
  return rows;
}

const withinCapacity: Check = async (evidence) => {
  const { redis } = evidence;
  const rooms = await readRooms(evidence);
  if ('unseen' in rooms) return rooms;
  if ('unseen' in redis) return redis;
  const capacity = await queueSetting(redis, 'queue.capacity', capacitySetting);
  const now = Date.now();
  return rooms.flatMap((room) => findBadPasses(room, room.capacity ?? capacity, now));
};

/** A called person who does not come delays nobody: while people, seats and slots are there, no call stays open for long. */
const nobodyStalls: Check = async (evidence) => {
  const rooms = await readRooms(evidence);
  if ('unseen' in rooms) return rooms;
  const free = await evidence.databases.reservation.rows(
    `SELECT p.concert_id AS concert FROM performances p JOIN seats s ON s.performance_id = p.id
      WHERE s.status = 'AVAILABLE' AND p.sale_opens_at < UTC_TIMESTAMP(3) AND p.starts_at > UTC_TIMESTAMP(3) GROUP BY p.concert_id`,
  );
  const buyable = new Set(free.map(({ concert }) => concert));
  const now = Date.now();
  return rooms.flatMap(({ concertId, line, admission, paused, closed }) => {
    const last = line.tail - admission.absent;
    const waiting = last - admission.serving - countUpTo(admission.gone, last);
    if (paused || closed || waiting <= 0 || !buyable.has(hex(concertId))) return [];
    const late = admission.calls.filter(({ takeBy }) => takeBy < now - stalledAfterMs);
    return late.map(({ from, to, takeBy }) => ({
      room: concertId,
      called: `${from}-${to}`,
      not_given_on_since: new Date(takeBy).toISOString(),
    }));
  });
};

/** Who of a room held seats, by person: the reservations that a pass of this room alone can have let them make. */
type Buyers = Map<string, Row[string]>;

/** Passes of a room that was lost stay good beside the next one's. */
function buyersOf({ registration }: Room, bought: Row[]): Buyers {
  const began = Date.parse(registration.registeredAt) + (registration.restarts > 0 ? longestPassMs : 0);
  const mine = bought.filter(({ created_at: at }) => Date.parse(String(at)) > began);
  return new Map(mine.map(({ person, reservation = null }) => [String(person), reservation]));
}

function byConcert(rows: Row[]): Map<Row[string], Row[]> {
  const found = new Map<Row[string], Row[]>();
  for (const row of rows) {
    const known = found.get(row.concert ?? null);
    if (known) known.push(row);
    else found.set(row.concert ?? null, [row]);
  }
  return found;
}

/** Compares the places of a room with its calls and buyers: only called people were let in, and every buyer was let in. */
class AdmissionCount {
  readonly rows: Row[] = [];
  readonly #room: Room;
  readonly #buyers: Buyers;
  readonly #passes: Set<number>;
  #draw: IsAmongFirst | undefined;

  constructor(room: Room, buyers: Buyers) {
    this.#room = room;
    this.#buyers = buyers;
    this.#passes = new Set(room.admission.passes.map(([place]) => place));
  }

  add(person: string, place: Place): void {
    const { concertId, admission } = this.#room;
    const about = { room: concertId, person, join_number: place.joinNumber };
    if (place.taken && !this.#isCalled(place)) this.rows.push({ ...about, let_in: 'but not called', called_up_to: admission.serving });
    const reservation = this.#buyers.get(hex(person));
    if (reservation === undefined) return;
    this.#buyers.delete(hex(person));
    // A place that was there before may have been the one that was let in.
    if (place.taken || place.ended === 'paid' || place.taking > 1 || this.#hasPass(place)) return;
    this.rows.push({ ...about, reservation, place: 'was not let in' });
  }

  /** As long as places are kept, every buyer has one. */
  strangers(): Row[] {
    const { concertId, registration } = this.#room;
    if (registration.forgets) return [];
    return [...this.#buyers].map(([person, reservation]) => ({ room: concertId, person, reservation, place: null }));
  }

  #isCalled({ joinNumber, position }: Place): boolean {
    const { serving } = this.#room.admission;
    return position === undefined ? this.#isDrawnAmong(joinNumber, serving) : position <= serving;
  }

  // Whose pass it is, the draw tells; the place is marked a moment after the pass is given.
  #hasPass({ joinNumber, position }: Place): boolean {
    if (position !== undefined) return this.#passes.has(position);
    return [...this.#passes].some((place) => this.#isDrawnAmong(joinNumber, place) && !this.#isDrawnAmong(joinNumber, place - 1));
  }

  #isDrawnAmong(joinNumber: number, places: number): boolean {
    const { drawSeed, line, admission, absences } = this.#room;
    if (admission.drawn === undefined) return false;
    // All drawn places were called.
    if (places >= admission.drawn - admission.absent) return joinNumber <= admission.drawn;
    this.#draw ??= drawAgain(drawSeed, line.drawn ?? 0, absences.joinNumbers);
    return this.#draw(joinNumber, places);
  }
}

const onlyByPass: Check = async (evidence) => {
  const { redis, databases } = evidence;
  const rooms = await readRooms(evidence);
  if ('unseen' in rooms) return rooms;
  if ('unseen' in redis) return redis;
  // Reservations that are older than the column have NULL; since then each names the pass that it was placed with.
  const held = await databases.reservation.rows(
    'SELECT id AS reservation, user_id AS person, concert_id AS concert, created_at, pass_id FROM reservations WHERE pass_id IS NOT NULL',
  );
  const withoutPass = held.filter(({ pass_id: pass }) => pass === '');
  const bought = byConcert(held.filter(({ pass_id: pass }) => pass !== ''));
  const counts = new Map(rooms.map((room) => [room, new AdmissionCount(room, buyersOf(room, bought.get(hex(room.concertId)) ?? []))]));
  await eachPlace(redis, rooms, (room, person, place) => counts.get(room)?.add(person, place));
  return [
    ...withoutPass.map(({ reservation = null, person = null }) => ({ reservation, person, pass: 'none' })),
    ...[...counts.values()].flatMap((count) => [...count.rows, ...count.strangers()]),
  ];
};

function hex(id: string): string {
  return id.replaceAll('-', '');
}

export const admissionHolds: Check[] = [withinCapacity, nobodyStalls, onlyByPass];
