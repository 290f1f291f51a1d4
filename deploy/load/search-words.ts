/** What many people search for. */
export const popularWords = ['아이유', 'bts', 'jazz', '서울', '클래식', 'coldplay', '투어', '리사이틀', 'tokyo', 'ㅇㅇㅇ'];

/** What they have typed so far when they are shown suggestions. */
export const beginnings = ['아', '아이', '방탄', 'col', 'jaz', '서', 'ㅇㅇ', 'tok'];

/** Searches of which none was asked before, however long it goes on. */
export function* differentSearches(): Generator<string> {
  for (let number = 0; ; number += 1) yield `${popularWords[number % popularWords.length]} ${number}`;
}
