import { z } from 'zod';
import type { Evidence, Row, Unseen } from './check.ts';
import { readNumberRanges, readNumbers } from './number-ranges.ts';
import { type KeyReader, valuesUnder } from './redis-reader.ts';

const queue = 'queue||';

const roomSchema = z.object({
  concertId: z.string(),
  epoch: z.string(),
  endsAt: z.number().optional(),
  capacity: z.number().optional(),
  paused: z.boolean(),
  closed: z.boolean().default(false),
  drawSeed: z.string(),
});
const lineSchema = z
  .object({ tail: z.number(), drawn: z.number().optional(), batch: z.object({ userIds: z.array(z.string()) }) })
  .default({ tail: 0, batch: { userIds: [] } });
const numbers = z.string().default('').transform(readNumberRanges);
const absencesSchema = z.object({ joinNumbers: numbers }).default({ joinNumbers: [] });
const admissionSchema = z
  .object({
    drawn: z.number().optional(),
    absent: z.number().default(0),
    serving: z.number(),
    passes: z.union([z.string().transform(readPasses), z.array(z.tuple([z.number(), z.number()]))]),
    gone: numbers,
    calls: z.array(z.object({ from: z.number(), to: z.number(), takeBy: z.number() })),
  })
  .default({ absent: 0, serving: 0, passes: [], gone: [], calls: [] });
const placeSchema = z.object({
  epoch: z.string(),
  joinNumber: z.number(),
  position: z.number().optional(),
  taken: z.boolean(),
  ended: z.string().optional(),
  /** How many places this person has taken in the room, with this one. */
  taking: z.number().default(1),
});

export type Place = z.infer<typeof placeSchema>;

/** A waiting room as the concert service has registered it. */
export interface Registration {
  concertId: string;
  epoch: string;
  drawCommitment: string;
  restarts: number;
  registeredAt: string;
  /** The sale was over long ago: the room may have been removed. */
  over: boolean;
  /** Places may have been removed: those that were taken before a later performance was added are kept as long as without it. */
  forgets: boolean;
}

/** A waiting room as the queue service keeps it. */
export interface Room extends z.infer<typeof roomSchema> {
  registration: Registration;
  line: z.infer<typeof lineSchema>;
  /** Who had left before the draw, by join number. */
  absences: z.infer<typeof absencesSchema>;
  admission: z.infer<typeof admissionSchema>;
}

// As the queue service keeps rooms, less an hour for clocks that differ.
const isNoLongerKept = (startsAt: string): string =>
  `COALESCE(${startsAt} + INTERVAL 7 DAY, w.registered_at + INTERVAL 400 DAY) < UTC_TIMESTAMP(3) + INTERVAL 1 HOUR`;

export async function readRegistrations({ databases }: Evidence): Promise<Registration[]> {
  const rows = await databases.concert.rows(
    `SELECT w.concert_id, w.epoch, w.draw_commitment, w.restarts, w.registered_at,
            ${isNoLongerKept('c.last_starts_at')} AS is_over,
            ${isNoLongerKept('(SELECT MIN(p.starts_at) FROM performances p WHERE p.concert_id = w.concert_id)')} AS forgets
       FROM waiting_rooms w LEFT JOIN concerts c ON c.id = w.concert_id`,
  );
  return rows.map((row) => ({
    concertId: dashed(row.concert_id ?? null),
    epoch: String(row.epoch),
    drawCommitment: String(row.draw_commitment),
    restarts: Number(row.restarts),
    registeredAt: String(row.registered_at),
    over: row.is_over === 1,
    forgets: row.forgets === 1,
  }));
}

/** The registered rooms that there are. What is kept of another epoch is a leftover. */
export async function readRooms(evidence: Evidence): Promise<Room[] | Unseen> {
  const { redis } = evidence;
  if ('unseen' in redis) return redis;
  const rooms = await Promise.all((await readRegistrations(evidence)).map((registration) => readRoom(redis, registration)));
  return rooms.filter((room) => room !== undefined);
}

export async function readRoom(redis: KeyReader, registration: Registration): Promise<Room | undefined> {
  const { concertId } = registration;
  const value = await redis.value(`${queue}room:${concertId}`);
  if (value === undefined) return undefined;
  const room = roomSchema.parse(value);
  const under = (kind: string): Promise<unknown> => redis.value(`${queue}${kind}:${concertId}:${room.epoch}`);
  const [line, absences, admission] = await Promise.all([under('line'), under('absences'), under('admission')]);
  return {
    ...room,
    registration,
    line: lineSchema.parse(line),
    absences: absencesSchema.parse(absences),
    admission: admissionSchema.parse(admission),
  };
}

/** Shows every place of these rooms with the id of its person, one after the other: there may be a million. A place may be shown twice. */
export async function eachPlace(redis: KeyReader, rooms: Room[], show: (room: Room, person: string, place: Place) => void): Promise<void> {
  const byConcert = new Map(rooms.map((room) => [room.concertId, room]));
  await redis.eachUnder(`${queue}place:`, (key, value) => {
    const [concertId = '', person = ''] = key.split(':');
    const room = byConcert.get(concertId);
    const place = room && placeSchema.parse(value);
    if (place?.epoch === room?.epoch && room && place) show(room, person, place);
  });
}

/** The concerts of all rooms that there are, registered or not. */
export async function roomsStored(redis: KeyReader): Promise<Set<string>> {
  return new Set((await valuesUnder(redis, `${queue}room:`)).keys());
}

/** A runtime setting of the queue service; what is no number in its range counts as little there as here. */
export async function queueSetting(
  redis: KeyReader,
  key: string,
  bounds: { min: number; max: number; otherwise: number },
): Promise<number> {
  const text = (await redis.setting(key)) ?? '';
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= bounds.min && value <= bounds.max ? Math.floor(value) : bounds.otherwise;
}

function dashed(id: Row[string]): string {
  return String(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Passes as the waiting rooms keep them: place and end in turn, each as the distance from the one before; an end may be earlier, which makes its distance odd. */
function readPasses(text: string): [place: number, end: number][] {
  const numbers = readNumbers(text);
  let [place, end] = [0, 0];
  return numbers.flatMap((distance, index) => {
    if (index % 2 === 0) {
      place += distance;
      return [];
    }
    end += distance % 2 === 1 ? -(distance + 1) / 2 : distance / 2;
    return [[place, end] satisfies [number, number]];
  });
}
