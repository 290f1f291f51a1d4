import { addKey } from '@ticketing/common/add-key';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexTicketsOfPerson1700010110000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addKey(runner, 'tickets', 'tickets_of_person', 'user_id, id');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
