import { describe, expect, it } from '@jest/globals';
import { toDocument } from './concert-document.ts';

const concert = {
  concertId: '019b2d7c-5a00-7abc-8def-0123456789ab',
  version: 3,
  title: '아이유 콘서트',
  artist: '아이유',
  description: '봄밤',
  venue: { id: '019b2d7c-5a00-7abc-8def-0123456789ac', name: 'KSPO DOME', city: '서울', timeZone: 'Asia/Seoul' },
  saleOpensAt: '2027-01-01T11:00:00.000Z',
  startsOn: '2027-02-06',
  endsOn: '2027-02-07',
};

describe('toDocument', () => {
  it('flattens the venue and lists the concert by its first date', () => {
    expect(toDocument(concert)).toEqual({
      id: concert.concertId,
      title: '아이유 콘서트',
      artist: '아이유',
      description: '봄밤',
      venue: 'KSPO DOME',
      city: '서울',
      startsOn: '2027-02-06',
      endsOn: '2027-02-07',
      listedOn: '2027-02-06',
      saleOpensAt: '2027-01-01T11:00:00.000Z',
    });
  });

  it('lists a concert without a date after all others', () => {
    const document = toDocument({ ...concert, startsOn: null, endsOn: null });
    expect(document).toMatchObject({ startsOn: null, endsOn: null, listedOn: '9999-12-31' });
  });
});
