import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { DescribePerformancesResponse } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { LeasedMail } from './mail-store.ts';

/** What a mail about a performance tells, as it is when the mail is sent. */
export interface PerformanceFacts {
  title: string;
  startsAt: Date;
  timeZone: string;
  venue: string;
  city: string;
}

export interface Concerts {
  describePerformances: (request: { performanceIds: string[] }) => Promise<DescribePerformancesResponse>;
}

export function performanceOf({ content }: LeasedMail): string | undefined {
  return content && 'performanceId' in content.data ? content.data.performanceId : undefined;
}

/** Asks for all performances of the mails at once. @throws InvocationFailed when the concert service is out */
export async function findFacts(concerts: Concerts, mails: readonly LeasedMail[]): Promise<Map<string, PerformanceFacts>> {
  const performanceIds = [...new Set(mails.flatMap((mail) => performanceOf(mail) ?? []))];
  if (performanceIds.length === 0) return new Map();
  const { items } = await concerts.describePerformances({ performanceIds });
  return new Map(
    items.flatMap(({ performanceId, concertTitle: title, startsAt, venue }) =>
      startsAt && venue
        ? [[performanceId, { title, startsAt: timestampDate(startsAt), timeZone: venue.timeZone, venue: venue.name, city: venue.city }]]
        : [],
    ),
  );
}
