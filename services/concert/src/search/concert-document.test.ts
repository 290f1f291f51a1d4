import { describe, expect, it } from '@jest/globals';
import { nameKeys, textKeys, toDocument } from './concert-document.ts';

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
  lastStartsAt: '2027-02-07T10:00:00.000Z',
  popularity: 2,
  cancelled: false,
};

describe('toDocument', () => {
  it('flattens the venue and lists the concert by its first date', () => {
    expect(toDocument(concert)).toMatchObject({
      id: concert.concertId,
      title: '아이유 콘서트',
      artist: '아이유',
      venue: 'KSPO DOME',
      city: '서울',
      startsOn: '2027-02-06',
      listedOn: '2027-02-06',
      lastStartsAt: '2027-02-07T10:00:00.000Z',
      popularity: 2,
    });
  });

  it('lists a concert without a date after all others', () => {
    const document = toDocument({ ...concert, startsOn: null, endsOn: null });
    expect(document).toMatchObject({ startsOn: null, endsOn: null, listedOn: '9999-12-31' });
  });
});

describe('keys', () => {
  it('are the letters and the initials of words, of neighbours as one and of the whole', () => {
    expect(textKeys('아이유 Live')).toEqual(['ㅇㅏㅇㅣㅇㅠ', 'live', 'ㅇㅏㅇㅣㅇㅠlive', 'ㅇㅇㅇ']);
    expect(textKeys('밤과 차')).toEqual(expect.arrayContaining(['ㅂㅏㅁㄱㅗㅏ', 'ㅊㅏ', 'ㅂㅏㅁㄱㅗㅏㅊㅏ', 'ㅂㄱㅊ']));
  });

  it('of a name are the whole, and its syllables with the initials of the others', () => {
    expect(nameKeys('잔나비')).toEqual(['ㅈㅏㄴㄴㅏㅂㅣ', 'ㅈㄴㅂ', 'ㅈㅏㄴㄴㅂ', 'ㅈㅏㄴㄴㅏㅂ']);
    expect(nameKeys('악동 뮤지션')).toEqual(expect.arrayContaining(['ㅇㅏㄱㄷㅗㅇㅁㅠㅈㅣㅅㅕㄴ', 'ㅇㅏㄱㄷㅗㅇㅁㅈㅅ']));
    expect(nameKeys('Bruno Mars')).toEqual(['brunomars']);
  });
});
