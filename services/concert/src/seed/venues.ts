/** Venues of the demonstration data. */
export const venues = {
  kspo: { name: '올림픽공원 체조경기장 (KSPO DOME)', city: '서울', timeZone: 'Asia/Seoul' },
  gocheok: { name: '고척스카이돔', city: '서울', timeZone: 'Asia/Seoul' },
  blueSquare: { name: '블루스퀘어 마스터카드홀', city: '서울', timeZone: 'Asia/Seoul' },
  sejong: { name: '세종문화회관 대극장', city: '서울', timeZone: 'Asia/Seoul' },
  artsCenter: { name: '예술의전당 콘서트홀', city: '서울', timeZone: 'Asia/Seoul' },
  rollingHall: { name: '홍대 롤링홀', city: '서울', timeZone: 'Asia/Seoul' },
  inspire: { name: '인스파이어 아레나', city: '인천', timeZone: 'Asia/Seoul' },
  bexco: { name: '벡스코 오디토리움', city: '부산', timeZone: 'Asia/Seoul' },
  exco: { name: '엑스코 컨벤션홀', city: '대구', timeZone: 'Asia/Seoul' },
  kimDaejung: { name: '김대중컨벤션센터 다목적홀', city: '광주', timeZone: 'Asia/Seoul' },
  budokan: { name: 'Nippon Budokan', city: 'Tokyo', timeZone: 'Asia/Tokyo' },
  singapore: { name: 'Singapore Indoor Stadium', city: 'Singapore', timeZone: 'Asia/Singapore' },
  garden: { name: 'Madison Square Garden', city: 'New York', timeZone: 'America/New_York' },
  kiaForum: { name: 'Kia Forum', city: 'Los Angeles', timeZone: 'America/Los_Angeles' },
  albertHall: { name: 'Royal Albert Hall', city: 'London', timeZone: 'Europe/London' },
  philharmonie: { name: 'Philharmonie de Paris', city: 'Paris', timeZone: 'Europe/Paris' },
} as const;

export type VenueKey = keyof typeof venues;
