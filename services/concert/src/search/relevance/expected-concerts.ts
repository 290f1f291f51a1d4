/** Concerts of the demonstration data that are looked for together, by their keys. */
export const iu = ['iu-golden-hour', 'iu-busan'];
export const inBusan = ['iu-busan', 'busan-indie'];
export const inIncheon = ['seventeen-follow', 'day6-forever', 'taeyeon-weekend', 'opens-soon'];
export const inDaegu = ['lim-young-woong', 'kids-orchestra'];
export const inGwangju = ['akmu-love', 'song-gain-gugak'];
export const inTokyo = ['blackpink-deadline', 'yoasobi-budokan'];
export const inNewYork = ['coldplay-moon', 'stray-kids-dominate', 'winter-symphony'];
export const inLosAngeles = ['bruno-mars-romantic', 'beyonce-rodeo', 'cafe-tacuba-noche'];
export const inLondon = ['radiohead-return', 'paper-comets', 'jazz-at-the-hall'];
export const inParis = ['orchestre-lumiere', 'neon-orchard'];
export const inSingapore = ['twice-ready', 'midnight-harbor'];
export const inKspo = ['iu-golden-hour', 'aespa-synk', 'han-river-jazz', 'on-sale'];
export const inSejong = ['paul-kim-diary', 'jaurim-anniversary', 'new-year-gala', 'musical-gala'];
export const inArtsCenter = ['cho-seong-jin', 'lim-yun-chan', 'seoul-phil-mahler', 'nearly-sold-out'];
export const inRollingHall = ['silica-gel', 'se-so-neon', 'night-tea', 'hiphop-cypher'];
export const inBlueSquare = ['newjeans-picnic', 'jannabi-summer', 'hyukoh-aaa', 'yoonha-comet'];
export const inSeoul = [...inKspo, 'bts-homecoming', ...inBlueSquare, ...inSejong, ...inArtsCenter, ...inRollingHall];
export const jazz = ['han-river-jazz', 'jazz-at-the-hall'];
export const hangangPhilharmonic = ['seoul-phil-mahler', 'new-year-gala'];
/** Their title says 콘서트, 공연 or concert. */
export const calledConcert = [
  ...['iu-golden-hour', 'day6-forever', 'jannabi-summer', 'lim-young-woong', 'silica-gel', 'se-so-neon', 'yoonha-comet', 'taeyeon-weekend'],
  ...[
    'paul-kim-diary',
    'jaurim-anniversary',
    'song-gain-gugak',
    'night-tea',
    'musical-gala',
    'on-sale',
    'nearly-sold-out',
    'winter-symphony',
  ],
];
/** Their description does. */
export const saidConcert = ['iu-busan', 'cho-seong-jin', 'blackpink-deadline', 'twice-ready', 'kids-orchestra', 'opens-soon'];
/** Their title says 투어 or tour. */
export const calledTour = [
  ...['seventeen-follow', 'aespa-synk', 'iu-busan', 'akmu-love', 'bts-homecoming', 'blackpink-deadline', 'coldplay-moon'],
  ...['bruno-mars-romantic', 'midnight-harbor'],
];
