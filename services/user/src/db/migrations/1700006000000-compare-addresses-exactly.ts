import { compareLettersExactly } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses are kept in one form, and are the same only if they are so character for character: café@example.com is not cafe@example.com. */
export class CompareAddressesExactly1700006000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await compareLettersExactly(runner);
    await runner.query('ALTER TABLE accounts MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
