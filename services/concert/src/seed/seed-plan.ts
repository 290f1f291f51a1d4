import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import type { NewConcert } from '../concerts/create-concert.ts';
import { momentAt } from '../concerts/venue-time.ts';
import type { NewPerformance } from '../performances/schedule-performance.ts';
import { concertsAbroad } from './concerts-abroad.ts';
import { popInKorea } from './pop-in-korea.ts';
import { seatPlans } from './seat-plans.ts';
import type { SeedConcert } from './seed-concert.ts';
import { seedId } from './seed-id.ts';
import { stageInKorea } from './stage-in-korea.ts';
import { venues } from './venues.ts';

/** A concert as it is to be written, with fixed ids. */
export interface PlannedConcert {
  id: string;
  request: NewConcert;
  performances: { id: string; startsAt: Date; request: NewPerformance }[];
}

/** The demonstration organiser, whose all of this is (services/user/src/seed-accounts.ts). */
export const seedOwner = '018bcfe5-6800-7000-8000-000000000002';

const actor = create(ActorSchema, { userId: seedOwner });
const dayMs = 86_400_000;
const opensSoonMs = 60_000;

// The parts that these play are described in special-concerts.ts.
const specials: SeedConcert[] = [
  {
    key: 'on-sale',
    title: '서울 스카이라인 콘서트 : 이천 개의 자리',
    artist: '스카이라인 올스타즈',
    venue: 'kspo',
    seats: 'arena',
    day: 30,
    time: '19:00',
    nights: 1,
    sale: 'open',
    description: '도시의 불빛 아래 모인 다섯 팀의 합동 공연. Two thousand seats, one night in Seoul.',
  },
  {
    key: 'nearly-sold-out',
    title: '살롱 콘서트 : 마흔 개의 의자',
    artist: '손열음',
    venue: 'artsCenter',
    seats: 'salon',
    day: 27,
    time: '19:30',
    nights: 1,
    sale: 'open',
    description: '무대 위에 놓인 마흔 개의 의자에서 듣는 피아노 리사이틀.',
  },
  {
    key: 'opens-soon',
    title: '카운트다운 라이브 : 60초 전',
    artist: '볼빨간사춘기',
    venue: 'inspire',
    seats: 'concertHall',
    day: 34,
    time: '19:00',
    nights: 1,
    sale: 'soon',
    description: '곧 판매가 시작되는 공연. The sale opens in a minute: get ready.',
  },
];

/** Every concert of the demonstration data. */
export const seedConcerts: SeedConcert[] = [...popInKorea, ...stageInKorea, ...concertsAbroad, ...specials];

/**
 * The demonstration data at fixed dates: the same for the same arguments.
 * @param firstWritten when this data was first written; all days count from its UTC date
 * @param now what is to open soon opens a minute after this
 */
export function planSeed(firstWritten: Date, now: Date): PlannedConcert[] {
  const firstDay = Math.floor(firstWritten.getTime() / dayMs) * dayMs;
  const dateOf = (day: number): string => new Date(firstDay + day * dayMs).toISOString().slice(0, 10);
  const saleOpensAt = ({ sale, venue }: SeedConcert): Date => {
    if (sale === 'open') return new Date(firstDay - dayMs);
    if (sale === 'soon') return new Date(now.getTime() + opensSoonMs);
    return momentAt(dateOf(sale), '20:00', venues[venue].timeZone);
  };
  return seedConcerts.map((concert) => {
    const { key, title, artist, description, seats, day, time, nights } = concert;
    const venue = venues[concert.venue];
    const id = seedId(`concert ${key}`);
    return {
      id,
      request: {
        actor,
        title,
        artist,
        description,
        venueName: venue.name,
        venueCity: venue.city,
        venueTimeZone: venue.timeZone,
        saleOpensAt: timestampFromDate(saleOpensAt(concert)),
      },
      performances: Array.from({ length: nights }, (_, night) => {
        const startsAt = momentAt(dateOf(day + night), time, venue.timeZone);
        const sections = [...seatPlans[seats]];
        return {
          id: seedId(`performance ${key} ${night}`),
          startsAt,
          request: { actor, concertId: id, startsAt: timestampFromDate(startsAt), sections, maxSeatsPerPerson: 0 },
        };
      }),
    };
  });
}
