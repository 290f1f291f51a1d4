import { indexEndedLetters } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexEndedLetters1700000900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await indexEndedLetters(runner);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
