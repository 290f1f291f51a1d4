import { createCounter } from '@ticketing/common/telemetry';
import { runSaga } from './run-saga.ts';
import type { SagaContext } from './saga-context.ts';
import { leaseDueSagas } from './saga-store.ts';

const batchSize = 20;
const recovered = createCounter('ticketing_sagas_retried_total', 'Sagas that recovery took up, by kind');

/** Takes up the sagas whose maker died or could not learn an outcome. Safe in many instances at once. */
export async function recoverSagas(ctx: SagaContext): Promise<void> {
  let count: number;
  do {
    const sagas = await leaseDueSagas(ctx.db, ctx.config.INSTANCE_ID, batchSize);
    for (const { kind } of sagas) recovered.add(1, { kind });
    await Promise.all(sagas.map((saga) => runSaga(ctx, saga)));
    count = sagas.length;
  } while (count === batchSize);
}
