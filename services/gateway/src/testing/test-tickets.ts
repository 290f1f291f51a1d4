import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ids } from './start-gateway.ts';

export const startsAt = '2027-03-01T11:00:00.000Z';

export const seat = { id: ids.seat, section: 'Floor', row: 'A', number: 1, price: 50_000n };

/** A good ticket as the reservation service tells it. */
export const ticket = {
  id: '0198c0de-0000-7000-8000-000000000011',
  reservationId: ids.reservation,
  performanceId: ids.performance,
  concertId: ids.concert,
  seat,
  status: TicketStatus.VALID,
  qr: 'a.b.c',
  qrText: 'A:B',
};

/** What the concert service says of the performance. */
export const description = {
  performanceId: ids.performance,
  concertId: ids.concert,
  concertTitle: '봄밤의 콘서트',
  concertArtist: 'Somebody',
  concertVersion: 3,
  startsAt: timestampFromDate(new Date(startsAt)),
  venue: { id: ids.room, name: 'A hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
};

/** A concert service that knows the performance. */
export const knowsPerformances = {
  describePerformances: ({ performanceIds }: { performanceIds: string[] }) => ({
    items: performanceIds.includes(ids.performance) ? [description] : [],
  }),
};

/** A service that is out. */
export function isOut(): never {
  throw new ConnectError('out', Code.Unavailable);
}
