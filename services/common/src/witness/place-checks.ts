import { createHash } from 'node:crypto';
import type { Check, Row } from './check.ts';
import { countUpTo, isInRanges } from './number-ranges.ts';
import { eachPlace, type Place, type Room, readRegistrations, readRoom, readRooms, roomsStored } from './rooms.ts';

/** Every registered room is there, with the epoch and the seed that it was registered with; and there is no other one. */
const asRegistered: Check = async (evidence) => {
  const { redis } = evidence;
  if ('unseen' in redis) return redis;
  const registrations = await readRegistrations(evidence);
  const unknown = await roomsStored(redis);
  const rows: Row[] = [];
  for (const registration of registrations) {
    unknown.delete(registration.concertId);
    const room = await readRoom(redis, registration);
    rows.push(...(room ? findOtherRoom(room) : missingRoom(registration)));
  }
  return [...rows, ...[...unknown].map((room) => ({ room, registered: 'by nobody' }))];
};

function missingRoom({ concertId, epoch, over }: { concertId: string; epoch: string; over: boolean }): Row[] {
  return over ? [] : [{ room: concertId, epoch, missing: 'room in the state store' }];
}

export function findOtherRoom({ concertId, epoch, drawSeed, registration }: Room): Row[] {
  const commitment = createHash('sha256').update(Buffer.from(drawSeed, 'hex')).digest('hex');
  return [
    ...(epoch === registration.epoch ? [] : [{ room: concertId, epoch, registered_epoch: registration.epoch }]),
    ...(commitment === registration.drawCommitment
      ? []
      : [{ room: concertId, seed_commits_to: commitment, registered_commitment: registration.drawCommitment }]),
  ];
}

/** The draw was closed once, and by the same numbers for everybody. */
export function findOtherDraw({ concertId, line, absences, admission }: Room): Row[] {
  const rows: Row[] = [];
  const { drawn = null, serving } = admission;
  // The line is closed first; a room that lets nobody in may stay so.
  if (drawn === null ? serving > 0 : drawn !== line.drawn)
    rows.push({ room: concertId, drawn: line.drawn ?? null, admitted_by_a_draw_of: drawn });
  const absent = countUpTo(absences.joinNumbers, drawn ?? 0);
  if (absent !== admission.absent) rows.push({ room: concertId, left_before_the_draw: absent, drawn_without: admission.absent });
  return rows;
}

const sameDraw: Check = async (evidence) => {
  const rooms = await readRooms(evidence);
  return 'unseen' in rooms ? rooms : rooms.flatMap(findOtherDraw);
};

const idBytes = 16;

/** Counts the places of one room. Sixteen bytes for each are all that it remembers. */
export class PlaceCount {
  readonly rows: Row[] = [];
  readonly #room: Room;
  readonly #owners: Buffer;
  readonly #unwritten: Set<string>;
  #taken = 0;

  constructor(room: Room) {
    this.#room = room;
    this.#owners = Buffer.alloc((room.line.tail + 1) * idBytes);
    // Whoever comes next writes the places of the last batch, if its writer died.
    this.#unwritten = new Set(room.line.batch.userIds);
  }

  add(person: string, place: Place): void {
    const { concertId, line, absences, admission } = this.#room;
    const { joinNumber, position } = place;
    const about = { room: concertId, person, join_number: joinNumber };
    if (joinNumber < 1 || joinNumber > line.tail) {
      this.rows.push({ ...about, behind_the_end: line.tail });
      return;
    }
    const owner = Buffer.from(person.replaceAll('-', ''), 'hex');
    const before = this.#owners.subarray(joinNumber * idBytes, (joinNumber + 1) * idBytes);
    if (before.equals(owner)) return;
    if (!before.equals(Buffer.alloc(idBytes))) this.rows.push({ ...about, same_as: before.toString('hex') });
    owner.copy(before);
    this.#taken += place.taking;
    if (joinNumber > line.tail - line.batch.userIds.length) this.#unwritten.delete(person);
    // In the draw the seed tells the place; behind it, it is the join number without those that had left.
    const drawn = line.drawn ?? Number.POSITIVE_INFINITY;
    const wanted = joinNumber > drawn ? joinNumber - admission.absent : undefined;
    if (position !== wanted) this.rows.push({ ...about, place: position ?? null, wanted: wanted ?? null });
    if (place.taken && isInRanges(absences.joinNumbers, joinNumber)) this.rows.push({ ...about, let_in: 'but had left before the draw' });
  }

  /** Everybody who ever joined has a place, or another one now, as long as places are kept. */
  missing(): Row[] {
    const { concertId, line, registration } = this.#room;
    const known = this.#taken + this.#unwritten.size;
    return known === line.tail || registration.forgets ? [] : [{ room: concertId, joined: line.tail, places: known }];
  }
}

const placesKept: Check = async (evidence) => {
  const { redis } = evidence;
  const rooms = await readRooms(evidence);
  if ('unseen' in rooms) return rooms;
  if ('unseen' in redis) return redis;
  const counts = new Map(rooms.map((room) => [room, new PlaceCount(room)]));
  await eachPlace(redis, rooms, (room, person, place) => counts.get(room)?.add(person, place));
  return [...counts.values()].flatMap((count) => [...count.rows, ...count.missing()]);
};

export const placesUnique: Check[] = [asRegistered, sameDraw, placesKept];
