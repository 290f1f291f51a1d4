import { createCounter, observeGauge } from '@ticketing/common/telemetry';
import { runSaga } from './run-saga.ts';
import type { SagaContext } from './saga-context.ts';
import { leaseDueSagas } from './saga-store.ts';

const batchSize = 20;
const recovered = createCounter('ticketing_sagas_retried_total', 'Sagas that recovery took up, by kind');

/** Takes up the sagas whose maker died or could not learn an outcome. Safe in many instances at once. */
export async function recoverSagas(ctx: SagaContext): Promise<void> {
  const sagas = await leaseDueSagas(ctx.db, batchSize);
  for (const { kind } of sagas) recovered.add(1, { kind });
  await Promise.all(sagas.map((saga) => runSaga(ctx, saga)));
}

/** Reports open sagas, so that an alert can tell when some do not end. */
export function observeSagas({ db }: Pick<SagaContext, 'db'>): void {
  observeGauge('ticketing_sagas_open', 'Sagas whose outcome is not known yet', async () => {
    const [row] = await db.query<{ open: number }>("SELECT COUNT(*) AS open FROM sagas WHERE status = 'RUNNING'");
    return row?.open ?? 0;
  });
}
