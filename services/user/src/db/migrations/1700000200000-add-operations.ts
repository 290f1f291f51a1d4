import { createOperationsTables } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddOperations1700000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createOperationsTables(runner);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
