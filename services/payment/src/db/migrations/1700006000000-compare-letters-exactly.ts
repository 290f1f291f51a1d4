import { compareLettersExactly } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CompareLettersExactly1700006000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await compareLettersExactly(runner);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
