import { setEventsAside } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SetEventsAside1700008000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await setEventsAside(runner);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
