/** A concert that is not part of the demonstration data, so that no list of names can know it. */
export interface UnseenConcert {
  key: string;
  title: string;
  artist: string;
  description: string;
  venue: { name: string; city: string; timeZone: string };
  /** Local day, YYYY-MM-DD. */
  startsOn: string;
}

const seoul = { city: '서울', timeZone: 'Asia/Seoul' };
const korea = { timeZone: 'Asia/Seoul' };

export const unseenConcerts: UnseenConcert[] = [
  {
    key: 'night-stop',
    title: '밤하늘정류장 단독 콘서트 <막차가 끊긴 뒤>',
    artist: '밤하늘정류장',
    description: '네 사람의 기타 팝과 긴 밤의 이야기.',
    venue: { name: '무신사 개러지', ...seoul },
    startsOn: '2027-02-12',
  },
  {
    key: 'seoha-daejeon',
    title: '윤서하 전국투어 <푸른 계단> 대전',
    artist: '윤서하',
    description: '목소리와 첼로로 오르는 계단.',
    venue: { name: '대전예술의전당 아트홀', city: '대전', ...korea },
    startsOn: '2027-03-06',
  },
  {
    key: 'magpie-tiger',
    title: '창작 국악 한마당 : 호랑이 장가가는 날',
    artist: '까치와 호랑이',
    description: '해금과 신시사이저, 민화 속 이야기. 뚝섬 야외무대에 올렸던 콘서트를 다시 만납니다.',
    venue: { name: '국립극장 해오름극장', ...seoul },
    startsOn: '2027-03-20',
  },
  {
    key: 'lumenix-light',
    title: '루메닉스 팬콘서트 <퍼스트 라이트>',
    artist: '루메닉스 (LUMENIX)',
    description: '다섯 멤버의 첫 팬콘서트.',
    venue: { name: '잠실실내체육관', ...seoul },
    startsOn: '2027-02-20',
  },
  {
    key: 'ogu-aliens',
    title: '오구오구 밴드 <외계인 대소동>',
    artist: '오구오구',
    description: '온 가족이 뛰어노는 록 공연.',
    venue: { name: '경기아트센터 대극장', city: '수원', ...korea },
    startsOn: '2027-01-30',
  },
  {
    key: 'tamna-quartet',
    title: '탐라 콰르텟 : 쇼스타코비치 현악 사중주 8번',
    artist: '탐라 콰르텟',
    description: '섬에서 듣는 네 대의 현악기.',
    venue: { name: '제주아트센터', city: '제주', ...korea },
    startsOn: '2027-02-06',
  },
  {
    key: 'borami-jazz',
    title: '황보라미 재즈 보컬 나이트',
    artist: '황보라미',
    description: '바닷가 작은 극장의 스탠더드 넘버.',
    venue: { name: '강릉아트센터 소공연장', city: '강릉', ...korea },
    startsOn: '2027-03-13',
  },
  {
    key: 'kungkungta',
    title: '쿵쿵타 타악 퍼포먼스',
    artist: '쿵쿵타',
    description: '드럼통과 북, 온몸으로 두드리는 한 시간.',
    venue: { name: '울산문화예술회관 대공연장', city: '울산', ...korea },
    startsOn: '2027-02-27',
  },
  {
    key: 'bitgoeul-choir',
    title: '빛고을 소년소녀합창단 송년 연주회',
    artist: '빛고을 소년소녀합창단',
    description: '여든 명의 어린 목소리.',
    venue: { name: '광주예술의전당 대극장', city: '광주', ...korea },
    startsOn: '2027-01-16',
  },
  {
    key: 'mint-coral',
    title: '민트코랄 쇼케이스 : 산호의 노래',
    artist: '민트코랄',
    description: '데뷔 앨범 전곡을 처음 공개합니다.',
    venue: { name: 'YES24 LIVE HALL', ...seoul },
    startsOn: '2027-01-23',
  },
  {
    key: 'velvet-anchors',
    title: 'Velvet Anchors: The Long Tide Tour',
    artist: 'Velvet Anchors',
    description: 'Shoegaze from the coast, loud and slow.',
    venue: { name: 'O2 Academy Brixton', city: 'London', timeZone: 'Europe/London' },
    startsOn: '2027-02-18',
  },
  {
    key: 'marguerite-okafor',
    title: 'Marguerite Okafor – Songs for a Small Room',
    artist: 'Marguerite Okafor',
    description: 'One voice, one piano, no microphone.',
    venue: { name: 'Ryman Auditorium', city: 'Nashville', timeZone: 'America/Chicago' },
    startsOn: '2027-03-02',
  },
  {
    key: 'glasswing-parade',
    title: 'Glasswing Parade: Kites & Kerosene',
    artist: 'Glasswing Parade',
    description: 'Folk rock at the foot of the mountains.',
    venue: { name: 'Red Rocks Amphitheatre', city: 'Denver', timeZone: 'America/Denver' },
    startsOn: '2027-04-03',
  },
  {
    key: 'kaleido-quartet',
    title: 'Kaleido String Quartet: Bartók Complete',
    artist: 'Kaleido String Quartet',
    description: 'Six quartets in one evening.',
    venue: { name: 'Elbphilharmonie', city: 'Hamburg', timeZone: 'Europe/Berlin' },
    startsOn: '2027-02-25',
  },
  {
    key: 'tarantella-subzero',
    title: 'DJ Tarantella presents Subzero',
    artist: 'DJ Tarantella',
    description: 'Techno until the morning.',
    venue: { name: 'Kraftwerk', city: 'Berlin', timeZone: 'Europe/Berlin' },
    startsOn: '2027-01-29',
  },
  {
    key: 'hoshizora',
    title: 'Hoshizora 내한 공연',
    artist: 'Hoshizora',
    description: '별이 쏟아지는 시티 팝의 밤.',
    venue: { name: '명화 라이브홀', ...seoul },
    startsOn: '2027-03-27',
  },
];
