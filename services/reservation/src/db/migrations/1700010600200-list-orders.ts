import { addKey } from '@ticketing/common/add-key';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ListOrders1700010600200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addKey(runner, 'reservations', 'reservations_of_concert', 'concert_id, id');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
