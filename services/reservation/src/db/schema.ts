import { CreateReservations1700000000000 } from './migrations/1700000000000-create-reservations.ts';
import { AddOperations1700000200000 } from './migrations/1700000200000-add-operations.ts';
import { IndexEndedLetters1700000900000 } from './migrations/1700000900000-index-ended-letters.ts';
import { CompareSectionsExactly1700006000000 } from './migrations/1700006000000-compare-sections-exactly.ts';
import { SetEventsAside1700008000000 } from './migrations/1700008000000-set-events-aside.ts';
import { KeepPasses1700009100000 } from './migrations/1700009100000-keep-passes.ts';
import { IndexTicketsOfPerson1700010110000 } from './migrations/1700010110000-index-tickets-of-person.ts';
import { AddCheckIns1700010300000 } from './migrations/1700010300000-add-check-ins.ts';
import { ReleaseTickets1700010400000 } from './migrations/1700010400000-release-tickets.ts';
import { CancelPerformances1700010500000 } from './migrations/1700010500000-cancel-performances.ts';
import { PassTicketsOn1700010600000 } from './migrations/1700010600000-pass-tickets-on.ts';
import { NameFormerTickets1700010600100 } from './migrations/1700010600100-name-former-tickets.ts';
import { ListOrders1700010600200 } from './migrations/1700010600200-list-orders.ts';
import { BlockSeats1700010700000 } from './migrations/1700010700000-block-seats.ts';
import { CountSales1700010800000 } from './migrations/1700010800000-count-sales.ts';

/** Migrations of the `reservations` database. Its paths are hot, so they are plain SQL and there are no entities. */
export const schema = {
  entities: [],
  migrations: [
    CreateReservations1700000000000,
    AddOperations1700000200000,
    IndexEndedLetters1700000900000,
    CompareSectionsExactly1700006000000,
    SetEventsAside1700008000000,
    KeepPasses1700009100000,
    IndexTicketsOfPerson1700010110000,
    AddCheckIns1700010300000,
    ReleaseTickets1700010400000,
    PassTicketsOn1700010600000,
    NameFormerTickets1700010600100,
    ListOrders1700010600200,
    CancelPerformances1700010500000,
    CountSales1700010800000,
    BlockSeats1700010700000,
  ],
};
