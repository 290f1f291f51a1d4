import { CreateUsers1700000000000 } from './migrations/1700000000000-create-users.ts';
import { AddOperations1700000200000 } from './migrations/1700000200000-add-operations.ts';
import { IndexEndedLetters1700000900000 } from './migrations/1700000900000-index-ended-letters.ts';
import { CompareAddressesExactly1700006000000 } from './migrations/1700006000000-compare-addresses-exactly.ts';
import { SetEventsAside1700008000000 } from './migrations/1700008000000-set-events-aside.ts';
import { KeepMails1700010000000 } from './migrations/1700010000000-keep-mails.ts';
import { NoteBuyers1700010000100 } from './migrations/1700010000100-note-buyers.ts';
import { SendLinksFirst1700010000200 } from './migrations/1700010000200-send-links-first.ts';
import { AddSessions1700010100000 } from './migrations/1700010100000-add-sessions.ts';

/** Migrations of the `users` database. Accounts are read by plain SQL, so there are no entities. */
export const schema = {
  entities: [],
  migrations: [
    CreateUsers1700000000000,
    AddOperations1700000200000,
    IndexEndedLetters1700000900000,
    CompareAddressesExactly1700006000000,
    SetEventsAside1700008000000,
    KeepMails1700010000000,
    NoteBuyers1700010000100,
    AddSessions1700010100000,
    SendLinksFirst1700010000200,
  ],
};
