import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';

/** Asks when the sale of a concert opens, in milliseconds since 1970. Refuses with what the concert service refuses with. */
export async function askOpening(concerts: Client<typeof ConcertService>, concertId: string): Promise<number | Refusal> {
  const { result } = await concerts.getConcert({ concertId });
  switch (result.case) {
    case 'concert':
      if (!result.value.saleOpensAt) throw new Error('the concert has no opening of its sale');
      return timestampMs(result.value.saleOpensAt);
    case 'refusal':
      return refuse(result.value.code, result.value.detail);
    case undefined:
      throw new Error('the concert service gave no answer');
  }
}
