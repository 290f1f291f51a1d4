import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { PerformanceDescription } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { type Ticket, TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { describePerformance } from '../concerts/describe-performances.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { type CalendarEvent, toCalendar } from './calendar.ts';

export const getTicketCalendar = defineRoute(
  {
    method: 'get',
    path: '/api/v1/tickets/{id}.ics',
    operationId: 'getTicketCalendar',
    summary: 'A ticket of mine, for calendars',
    description:
      'An iCalendar file (RFC 5545). Imported again it replaces the appointment: moved where the performance was, cancelled where the ticket is void.',
    tag: 'Tickets',
    access: signedIn,
    input: { params: z.object({ id }) },
    responses: { 200: z.string() },
    produces: 'text/calendar',
    problems: ['ticket-not-found'],
    absent: 'ticket-not-found',
  },
  async (ctx, { params }, { user }) => {
    const { result } = await ctx.services.reservation.getTicket({ userId: user.id, ticketId: params.id });
    if (result.case !== 'ticket') return refused(result);
    const about = await describePerformance(ctx, result.value.performanceId);
    if (!about) throw new Error(`the concert service does not know performance ${result.value.performanceId}`);
    const content = toCalendar(toEvent(result.value, about), new Date());
    return { status: 200, file: { type: 'text/calendar', name: `ticket-${params.id}.ics`, content } };
  },
);

function toEvent({ id: uid, seat, status }: Ticket, about: PerformanceDescription): CalendarEvent {
  const { concertTitle: title, concertArtist: artist, concertVersion, venue, startsAt } = about;
  if (!seat || !venue || !startsAt) throw new Error('a service left something of the ticket out');
  const isCancelled = status === TicketStatus.VOID;
  return {
    uid,
    // A ticket becomes void without a change of its concert.
    sequence: concertVersion * 2 + (isCancelled ? 1 : 0),
    startsAt: timestampDate(startsAt),
    title,
    location: `${venue.name}, ${venue.city}`,
    description: `${artist}\n${seat.section} ${seat.row} ${seat.number}`,
    isCancelled,
  };
}
