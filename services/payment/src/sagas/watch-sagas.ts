import { createGauge } from '@ticketing/common/telemetry';
import type { SagaContext } from './saga-context.ts';

const open = createGauge('ticketing_sagas_open', 'Sagas whose outcome is not known yet');
const oldest = createGauge('ticketing_sagas_oldest_seconds', 'Age of the oldest saga whose outcome is not known yet');
const parked = createGauge('ticketing_sagas_parked', 'Sagas that wait for an operator');

/** Notes how many sagas are open and for how long. It is a job and no part of a scrape, which must not wait for a database. */
export async function watchSagas({ db }: Pick<SagaContext, 'db'>): Promise<void> {
  const [row] = await db.query<{ running: number; parked: number; age_ms: number | null }>(
    `SELECT COUNT(CASE WHEN status = 'RUNNING' THEN 1 END) AS running, COUNT(CASE WHEN status = 'PARKED' THEN 1 END) AS parked,
            TIMESTAMPDIFF(MICROSECOND, MIN(CASE WHEN status = 'RUNNING' THEN created_at END), CURRENT_TIMESTAMP(3)) DIV 1000 AS age_ms
       FROM sagas WHERE status IN ('RUNNING', 'PARKED')`,
  );
  open.record(row?.running ?? 0);
  parked.record(row?.parked ?? 0);
  oldest.record(Math.max(0, row?.age_ms ?? 0) / 1_000);
}
