import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Check, Evidence, Row, Unseen } from './check.ts';

const roomSchema = z.object({
  concertId: z.string(),
  epoch: z.string(),
  capacity: z.number().optional(),
  paused: z.boolean(),
  closed: z.boolean().default(false),
  drawSeed: z.string(),
});
const lineSchema = z.object({ tail: z.number(), drawn: z.number().optional() });
const admissionSchema = z.object({
  drawn: z.number().optional(),
  absent: z.number().default(0),
  serving: z.number(),
  passes: z.array(z.tuple([z.number(), z.number()])),
  calls: z.array(z.object({ from: z.number(), to: z.number(), takeBy: z.number(), settled: z.array(z.number()) })),
});
const placeSchema = z.object({
  epoch: z.string(),
  joinNumber: z.number(),
  position: z.number().optional(),
  joinedAt: z.number(),
  taken: z.boolean(),
});

interface Room extends z.infer<typeof roomSchema> {
  line: z.infer<typeof lineSchema>;
  admission: z.infer<typeof admissionSchema>;
  /** By person; those of the room's present epoch only. */
  places: Map<string, z.infer<typeof placeSchema>>;
}

const queue = 'queue||';
const defaultCapacity = 500;
// Longer than the releaser takes, whoever of its owners dies.
const stalledAfterMs = 60_000;

/** The waiting rooms as the queue service keeps them. */
async function readRooms({ redis }: Evidence): Promise<Room[] | Unseen> {
  if ('unseen' in redis) return redis;
  const [rooms, lines, admissions, places] = await Promise.all([
    redis.valuesUnder(`${queue}room:`),
    redis.valuesUnder(`${queue}line:`),
    redis.valuesUnder(`${queue}admission:`),
    redis.valuesUnder(`${queue}place:`),
  ]);
  return [...rooms.values()].map((value) => {
    const room = roomSchema.parse(value);
    const key = `${room.concertId}:${room.epoch}`;
    const mine = [...places].flatMap(([name, place]): [string, z.infer<typeof placeSchema>][] => {
      const [concertId, userId = ''] = name.split(':');
      const read = concertId === room.concertId ? placeSchema.parse(place) : undefined;
      return read?.epoch === room.epoch ? [[userId, read]] : [];
    });
    return {
      ...room,
      line: lineSchema.parse(lines.get(key) ?? { tail: 0 }),
      admission: admissionSchema.parse(admissions.get(key) ?? { serving: 0, passes: [], calls: [] }),
      places: new Map(mine),
    };
  });
}

function ofEveryRoom(look: (room: Room) => Row[]): Check {
  return async (sources) => {
    const rooms = await readRooms(sources);
    return 'unseen' in rooms ? rooms : rooms.flatMap((room) => look(room).map((row) => ({ room: room.concertId, ...row })));
  };
}

/** The order of the draw, computed anew from its seed: join numbers, the first called first. */
export function drawnOrder(drawSeed: string, size: number): number[] {
  const lots = Array.from({ length: size }, (_, index) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(index + 1);
    return { joinNumber: index + 1, lot: createHash('sha256').update(Buffer.from(drawSeed, 'hex')).update(number).digest() };
  });
  return lots.sort((a, b) => Buffer.compare(a.lot, b.lot)).map(({ joinNumber }) => joinNumber);
}

export function findBadPlaces({ line, places, admission, drawSeed }: Pick<Room, 'line' | 'places' | 'admission' | 'drawSeed'>): Row[] {
  const seen = new Map<number, string>();
  const rows: Row[] = [];
  for (const [person, { joinNumber, position }] of places) {
    const other = seen.get(joinNumber);
    if (other !== undefined) rows.push({ join_number: joinNumber, person, same_as: other });
    seen.set(joinNumber, person);
    if (joinNumber > line.tail) rows.push({ join_number: joinNumber, person, behind_the_end: line.tail });
    const drawn = line.drawn ?? 0;
    // Behind the draw the place follows from the join number, and it is kept; in it the seed tells.
    const wanted = line.drawn !== undefined && joinNumber > drawn ? joinNumber - admission.absent : undefined;
    if (position !== wanted && position !== undefined) rows.push({ join_number: joinNumber, person, place: position, drawn });
  }
  if (admission.drawn !== undefined && line.drawn !== undefined && admission.drawn !== line.drawn)
    rows.push({ drawn: line.drawn, admitted_by_a_draw_of: admission.drawn });
  if (line.drawn !== undefined && new Set(drawnOrder(drawSeed, line.drawn)).size !== line.drawn)
    rows.push({ drawn: line.drawn, draw: 'gives a place twice' });
  return rows;
}

export const placesUnique: Check[] = [ofEveryRoom(findBadPlaces)];

export function findBadPasses({ line, admission }: Pick<Room, 'line' | 'admission'>, capacity: number, now: number): Row[] {
  const live = admission.passes.filter(([, expiresAt]) => expiresAt > now);
  const rows: Row[] = live.length > capacity ? [{ passes: live.length, capacity }] : [];
  const places = live.map(([place]) => place);
  if (new Set(places).size < places.length) rows.push({ passes: live.length, of_places: new Set(places).size });
  for (const place of places) if (place > admission.serving) rows.push({ pass_of_place: place, called_up_to: admission.serving });
  const last = line.tail - admission.absent;
  if (admission.serving > last) rows.push({ called_up_to: admission.serving, joined: last });
  return rows;
}

const withinCapacity: Check = async (sources) => {
  const rooms = await readRooms(sources);
  if ('unseen' in rooms) return rooms;
  const now = Date.now();
  return rooms.flatMap((room) =>
    findBadPasses(room, room.capacity ?? defaultCapacity, now).map((row) => ({ room: room.concertId, ...row })),
  );
};

/** Whoever does not come keeps nobody waiting: where there are people, seats and slots, no call is open for long. */
const nobodyStalls: Check = async (sources) => {
  const rooms = await readRooms(sources);
  if ('unseen' in rooms) return rooms;
  const free = await sources.databases.reservation.rows(
    `SELECT p.concert_id AS concert FROM performances p JOIN seats s ON s.performance_id = p.id
      WHERE s.status = 'AVAILABLE' AND p.sale_opens_at < UTC_TIMESTAMP(3) GROUP BY p.concert_id`,
  );
  const buyable = new Set(free.map(({ concert }) => concert));
  const now = Date.now();
  return rooms.flatMap(({ concertId, line, admission, paused, closed }) => {
    if (paused || closed || line.tail - admission.absent <= admission.serving || !buyable.has(concertId.replaceAll('-', ''))) return [];
    const late = admission.calls.filter(({ takeBy }) => takeBy < now - stalledAfterMs);
    return late.map(({ from, to, takeBy }) => ({
      room: concertId,
      called: `${from}-${to}`,
      not_given_on_since: new Date(takeBy).toISOString(),
    }));
  });
};

// No pass lasts longer.
const longestPassMs = 86_400_000;

/** Who holds or has held seats was let in by the room of the concert. Passes of a room that was lost stay good beside the next one's. */
const onlyByPass: Check = async (sources) => {
  const rooms = await readRooms(sources);
  if ('unseen' in rooms) return rooms;
  const bought = await sources.databases.reservation.rows(
    'SELECT id AS reservation, user_id AS person, concert_id AS concert, created_at FROM reservations',
  );
  const anew = await sources.databases.concert.rows('SELECT concert_id AS concert FROM waiting_rooms WHERE restarts > 0');
  const restarted = new Set(anew.map(({ concert }) => concert));
  return rooms.flatMap((room) => {
    const oldPassesMs = restarted.has(room.concertId.replaceAll('-', '')) ? longestPassMs : 0;
    const began = Math.min(...[...room.places.values()].map(({ joinedAt }) => joinedAt)) + oldPassesMs;
    const people = new Map([...room.places].map(([id, place]) => [id.replaceAll('-', ''), place]));
    return bought
      .filter(({ concert, created_at: at }) => concert === room.concertId.replaceAll('-', '') && Date.parse(String(at)) > began)
      .filter(({ person }) => !people.has(String(person)))
      .map(({ reservation = null, person = null }) => ({ room: room.concertId, reservation, person, place: null }));
  });
};

export const admissionHolds: Check[] = [withinCapacity, nobodyStalls, onlyByPass];
