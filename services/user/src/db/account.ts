import { EntitySchema } from 'typeorm';

export type Role = 'fan' | 'organiser' | 'operator';

export interface Account {
  id: Buffer;
  /** Canonical; unique. */
  email: string;
  name: string;
  /** argon2id in PHC string format. */
  passwordHash: string;
  roles: Role[];
}

export const account = new EntitySchema<Account>({
  name: 'account',
  tableName: 'accounts',
  columns: {
    id: { type: 'binary', length: 16, primary: true },
    email: { type: 'varchar', length: 254 },
    name: { type: 'varchar', length: 100 },
    passwordHash: { name: 'password_hash', type: 'varchar', length: 255 },
    roles: { type: 'simple-array' },
  },
});
