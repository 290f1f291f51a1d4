import { CreatePayments1700000000000 } from './migrations/1700000000000-create-payments.ts';
import { AddOperations1700000200000 } from './migrations/1700000200000-add-operations.ts';
import { LeaseSagas1700000300000 } from './migrations/1700000300000-lease-sagas.ts';
import { IndexEndedLetters1700000900000 } from './migrations/1700000900000-index-ended-letters.ts';
import { MarkRefundsByOperators1700005000000 } from './migrations/1700005000000-mark-refunds-by-operators.ts';
import { CompareLettersExactly1700006000000 } from './migrations/1700006000000-compare-letters-exactly.ts';
import { SetEventsAside1700008000000 } from './migrations/1700008000000-set-events-aside.ts';
import { NameRefundedTickets1700010400000 } from './migrations/1700010400000-name-refunded-tickets.ts';
import { CancelPerformances1700010500000 } from './migrations/1700010500000-cancel-performances.ts';

/** Migrations of the `payments` database. Its paths are hot, so they are plain SQL and there are no entities. */
export const schema = {
  entities: [],
  migrations: [
    CreatePayments1700000000000,
    AddOperations1700000200000,
    LeaseSagas1700000300000,
    IndexEndedLetters1700000900000,
    MarkRefundsByOperators1700005000000,
    CompareLettersExactly1700006000000,
    SetEventsAside1700008000000,
    NameRefundedTickets1700010400000,
    CancelPerformances1700010500000,
  ],
};
