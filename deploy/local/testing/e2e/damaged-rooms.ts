import { type Damage, dashed, type RoomChange, type SaleBooks } from './broken-books.ts';

const soon = Date.now() + 3_600_000;

const damage = (invariant: number, what: string, room: (books: SaleBooks) => RoomChange, row: Damage['row']): Damage => ({
  invariant,
  what,
  room,
  row: (books) => ({ room: dashed(books.concert), ...row(books) }),
});

const registered = (what: string, sql: (books: SaleBooks) => string, row: Damage['row']): Damage => ({
  ...damage(11, what, () => ({}), row),
  statements: (books) => [['concert', sql(books)]],
});

/** Only the place of who has bought is left as it is. */
const ofHolder = (books: SaleBooks, change: object) => (place: Record<string, unknown>) =>
  JSON.stringify(place.payments).includes(dashed(books.sold.payment)) ? place : { ...place, ...change };

export const roomDamages: Damage[] = [
  damage(
    11,
    'the seed does not match its commitment',
    () => ({ records: { room: (room) => ({ ...room, drawSeed: '00'.repeat(32) }) } }),
    () => ({ seed_commits_to: '66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925' }),
  ),
  damage(
    11,
    'a registered room is gone',
    () => ({ records: { room: () => undefined } }),
    () => ({ missing: 'room in the state store' }),
  ),
  registered(
    'another room was registered',
    ({ concert }) => `UPDATE waiting_rooms SET epoch = 'another' WHERE concert_id = x'${concert}'`,
    () => ({ registered_epoch: 'another' }),
  ),
  registered(
    'a room was never registered',
    ({ concert }) => `DELETE FROM waiting_rooms WHERE concert_id = x'${concert}'`,
    () => ({ registered: 'by nobody' }),
  ),
  damage(
    11,
    'people are called by another draw',
    () => ({ records: { admission: (admission) => ({ ...admission, drawn: 5 }) } }),
    () => ({ drawn: 0, admitted_by_a_draw_of: 5 }),
  ),
  damage(
    11,
    'people were drawn who had left',
    () => ({ records: { admission: (admission) => ({ ...admission, absent: 1 }) } }),
    () => ({ left_before_the_draw: 0, drawn_without: 1 }),
  ),
  damage(
    11,
    'two people have one place',
    () => ({ records: { place: (place) => ({ ...place, joinNumber: 1, position: 1 }) } }),
    () => ({ join_number: 1 }),
  ),
  damage(
    11,
    'there is a place behind the end',
    () => ({ records: { line: (line) => ({ ...line, tail: 2 }) } }),
    () => ({ join_number: 3, behind_the_end: 2 }),
  ),
  damage(
    11,
    'a place behind the draw is not kept',
    () => ({ records: { place: (place) => ({ ...place, position: undefined }) } }),
    () => ({ join_number: 3, place: null, wanted: 3 }),
  ),
  damage(
    11,
    'a place is lost',
    () => ({ records: { place: (place) => (place.joinNumber === 1 ? undefined : place) } }),
    () => ({ joined: 3, places: 2 }),
  ),
  damage(
    12,
    'more people are let in than a changed setting allows',
    () => ({
      records: {
        room: (room) => ({ ...room, capacity: undefined }),
        admission: (admission) => ({ ...admission, passes: [1, 2, 3].map((place) => [place, soon]) }),
      },
      settings: { 'queue.capacity': '2' },
    }),
    () => ({ passes: 3, capacity: 2 }),
  ),
  damage(
    12,
    'more people are let in than the room allows',
    () => ({
      records: {
        room: (room) => ({ ...room, capacity: 2 }),
        admission: (admission) => ({ ...admission, passes: [1, 2, 3].map((place) => [place, soon]) }),
      },
    }),
    () => ({ passes: 3, capacity: 2 }),
  ),
  damage(
    12,
    'a place has two passes',
    () => ({ records: { admission: (admission) => ({ ...admission, passes: [1, 1].map((place) => [place, soon]) }) } }),
    () => ({ passes: 2, of_places: 1 }),
  ),
  damage(
    12,
    'somebody has a pass who was not called',
    () => ({ records: { admission: (admission) => ({ ...admission, passes: [[9, soon]] }) } }),
    () => ({ pass_of_place: 9, called_up_to: 3 }),
  ),
  damage(
    12,
    'more people are called than have joined',
    () => ({ records: { admission: (admission) => ({ ...admission, serving: 4 }) } }),
    () => ({ called_up_to: 4, last_place: 3 }),
  ),
  damage(
    12,
    'who does not come keeps others waiting',
    () => ({
      records: {
        line: (line) => ({ ...line, tail: 9 }),
        admission: (admission) => ({ ...admission, calls: [{ from: 3, to: 3, calledAt: 1, takeBy: 1, settled: [] }] }),
      },
    }),
    () => ({ called: '3-3' }),
  ),
  damage(
    12,
    'somebody was let in who was not called',
    () => ({ records: { admission: (admission) => ({ ...admission, serving: 0, passes: [] }) } }),
    () => ({ join_number: 3, let_in: 'but not called', called_up_to: 0 }),
  ),
  damage(
    12,
    'somebody holds seats who has only joined',
    (books) => ({
      records: { admission: (admission) => ({ ...admission, passes: [] }), place: ofHolder(books, { taken: false }) },
    }),
    ({ held }) => ({ reservation: held.reservation, place: 'was not let in' }),
  ),
  damage(
    12,
    'somebody holds seats who has no place',
    (books) => ({ records: { place: (place) => (ofHolder(books, { taken: false })(place) === place ? place : undefined) } }),
    ({ held }) => ({ person: held.person, reservation: held.reservation, place: null }),
  ),
  {
    invariant: 12,
    what: 'seats were held without a pass',
    statements: ({ held }) => [['reservation', `UPDATE reservations SET pass_id = '' WHERE id = x'${held.reservation}'`]],
    row: ({ held }) => ({ reservation: held.reservation, person: held.person, pass: 'none' }),
  },
];
