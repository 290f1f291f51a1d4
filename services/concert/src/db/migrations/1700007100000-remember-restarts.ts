import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which request made a waiting room anew, so that it is answered the same when it is sent again. */
export class RememberRestarts1700007100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('waiting_rooms', 'restart_key')) return;
    await runner.query('ALTER TABLE waiting_rooms ADD COLUMN restart_key CHAR(64) CHARACTER SET ascii NULL');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
