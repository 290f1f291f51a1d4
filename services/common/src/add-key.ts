import type { QueryRunner } from 'typeorm';

/** Adds an index where it is missing, so that a migration that died half-way can run again. */
export async function addKey(runner: QueryRunner, table: string, name: string, columns: string): Promise<void> {
  const present: unknown = await runner.query(`SHOW KEYS FROM ${table} WHERE Key_name = ?`, [name]);
  if (Array.isArray(present) && present.length > 0) return;
  await runner.query(`ALTER TABLE ${table} ADD KEY ${name} (${columns})`);
}
