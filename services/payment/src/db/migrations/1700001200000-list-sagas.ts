import { addKey } from '@ticketing/common/add-key';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets the sagas of one status be read newest first, instead of sorting all of them for a page. */
export class ListSagas1700001200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addKey(runner, 'sagas', 'sagas_listed', 'status, id');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
