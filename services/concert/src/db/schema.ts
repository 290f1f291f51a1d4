import { CreateConcerts1700000000000 } from './migrations/1700000000000-create-concerts.ts';
import { CreateWaitingRooms1700000100000 } from './migrations/1700000100000-create-waiting-rooms.ts';
import { AddOperations1700000200000 } from './migrations/1700000200000-add-operations.ts';
import { FindWords1700000700000 } from './migrations/1700000700000-find-words.ts';
import { BoundLists1700000800000 } from './migrations/1700000800000-bound-lists.ts';
import { IndexEndedLetters1700000900000 } from './migrations/1700000900000-index-ended-letters.ts';
import { KeepIndices1700001000000 } from './migrations/1700001000000-keep-indices.ts';
import { TellVenuesApart1700001100000 } from './migrations/1700001100000-tell-venues-apart.ts';
import { MarkWaitingRooms1700002000000 } from './migrations/1700002000000-mark-waiting-rooms.ts';
import { CompareNamesExactly1700006000000 } from './migrations/1700006000000-compare-names-exactly.ts';
import { OwnConcerts1700007000000 } from './migrations/1700007000000-own-concerts.ts';
import { RememberRestarts1700007100000 } from './migrations/1700007100000-remember-restarts.ts';
import { SetEventsAside1700008000000 } from './migrations/1700008000000-set-events-aside.ts';
import { AddGateStaff1700010300000 } from './migrations/1700010300000-add-gate-staff.ts';
import { LiveConcerts1700010500000 } from './migrations/1700010500000-live-concerts.ts';
import { KeepPlans1700010700000 } from './migrations/1700010700000-keep-plans.ts';
import { SendWebhooks1700010800000 } from './migrations/1700010800000-send-webhooks.ts';
import { performance } from './performance.ts';
import { venue } from './venue.ts';

/** Entities and migrations of the `concerts` database. */
export const schema = {
  entities: [venue, performance],
  migrations: [
    ...[CreateConcerts1700000000000, CreateWaitingRooms1700000100000, AddOperations1700000200000],
    ...[FindWords1700000700000, BoundLists1700000800000, IndexEndedLetters1700000900000, KeepIndices1700001000000],
    ...[TellVenuesApart1700001100000, MarkWaitingRooms1700002000000, CompareNamesExactly1700006000000],
    ...[OwnConcerts1700007000000, RememberRestarts1700007100000, SetEventsAside1700008000000],
    ...[AddGateStaff1700010300000, LiveConcerts1700010500000, SendWebhooks1700010800000, KeepPlans1700010700000],
  ],
};
