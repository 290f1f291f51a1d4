import { setTimeout as delay } from 'node:timers/promises';
import { openWitnessDatabase } from '@ticketing/common/witness/witness-databases';
import { databaseOwners } from '../local/services.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';

/** Tells when the events that a load has caused have arrived. */
export interface SettledBooks {
  /** Resolves when no event waits to be published and no service takes any more in. Throws StepFailure when that takes more than a minute. */
  settle: () => Promise<void>;
  close: () => Promise<void>;
}

const looks = 240;
const pauseMs = 250;
const countEvents = `
  SELECT (SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL) AS waiting, (SELECT COUNT(*) FROM inbox_events) AS received`;

export async function openSettledBooks({ database }: StackDescription, signal: AbortSignal): Promise<SettledBooks> {
  const { host, port, witness, owners } = database;
  const books = await Promise.all(
    databaseOwners.map((owner) => openWitnessDatabase({ host, port, ...witness, database: owners[owner].database })),
  );
  const count = async (): Promise<{ waiting: number; received: number }> => {
    const rows = (await Promise.all(books.map((book) => book.rows(countEvents)))).flat();
    const sum = (column: string): number => rows.reduce((total, row) => total + Number(row[column]), 0);
    return { waiting: sum('waiting'), received: sum('received') };
  };
  return {
    settle: async () => {
      let before = await count();
      for (let look = 0; look < looks; look += 1) {
        await delay(pauseMs, undefined, { signal });
        const now = await count();
        if (now.waiting === 0 && now.received === before.received) return;
        before = now;
      }
      throw new StepFailure('the events of a load did not all arrive', { fix: 'look into the logs of the services' });
    },
    close: async () => {
      await Promise.all(books.map((book) => book.close()));
    },
  };
}
