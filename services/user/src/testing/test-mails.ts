import { databaseEnvironment, loadConfig } from '@ticketing/common/config';
import { SidecarError } from '@ticketing/common/dapr';
import { type Database, idToBinary, newId, openDatabase } from '@ticketing/common/database';
import { createLogger } from '@ticketing/common/log';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { NewMail } from '../mails/mail.ts';
import type { Concerts } from '../mails/performance-facts.ts';
import type { MailSender } from '../mails/send-mails.ts';

export interface TestMails {
  /** The real database with mails of its own, which no other sender takes away. */
  db: Database;
  drop: () => Promise<void>;
}

export async function createTestMails(): Promise<TestMails> {
  const config = loadConfig(databaseEnvironment, testEnvironment('user', 'migrator'));
  const real = await openDatabase({ config, password: config.DB_PASSWORD ?? '', entities: [], migrations: [] });
  const name = `test_${newId().replaceAll('-', '')}_mails`;
  await real.execute(`CREATE TABLE ${name} LIKE mails`);
  return {
    db: withoutGuard(real, 'mails', name),
    drop: async () => {
      await real.execute(`DROP TABLE ${name}`);
      await real.close();
    },
  };
}

/** What a mail server took: to whom, and what. */
export interface Taken {
  to: string;
  subject: string;
  html: string;
}

/** A sidecar whose mail server does as it is told. */
export interface TestPost {
  taken: Taken[];
  /** Called before a mail is taken; what it throws is the answer. */
  answer: (to: string) => void | Promise<void>;
  sidecar: MailSender['sidecar'];
}

export function createTestPost(): TestPost {
  const post: TestPost = {
    taken: [],
    answer: () => undefined,
    sidecar: {
      invokeBinding: async (_name, _operation, html, { emailTo: to = '', subject = '' }) => {
        await post.answer(to);
        post.taken.push({ to, subject, html: String(html) });
        return '';
      },
    },
  };
  return post;
}

const answered = (detail: string): SidecarError =>
  new SidecarError('binding ticketing-mail', 500, 'ERR_INVOKE_OUTPUT_BINDING', `sending email failed: ${detail}`);
/** What Dapr's binding says of a mail that the server refuses, of a server that is not there, and what the client says of a sidecar that is silent. */
export const refusedError = answered('gomail: could not send email 1: 550 5.1.1 no such mailbox');
export const outError = answered('dial tcp 127.0.0.1:25: connect: connection refused');
export const silentError = new SidecarError('POST /v1.0/bindings/ticketing-mail', 0, 'no reply');

const concertsOut: Concerts = { describePerformances: () => Promise.reject(new Error('concert is out')) };

export function createSender(db: Database, post: TestPost, options: Partial<MailSender> = {}): MailSender {
  const log = createLogger({ service: 'user', instance: 'test', level: 'silent' });
  return {
    db,
    sidecar: post.sidecar,
    concerts: concertsOut,
    log,
    config: { PUBLIC_URL: 'https://shop.example' },
    now: () => 0,
    ...options,
  };
}

export function newMail(change: Partial<Pick<NewMail, 'id' | 'address' | 'locale'>> = {}): NewMail {
  return {
    ...{ id: newId(), accountId: undefined, address: `fan-${newId()}@example.com`, locale: 'en' as const, ...change },
    ...{ kind: 'verify-address' as const, data: { link: '/verify#secret' } },
  };
}

/** What became of a mail; `due` is 1 when it would be sent now. */
export interface MailRow {
  status: string;
  attempts: number;
  due: number;
  error: string | null;
  data: string;
}

export async function readMail(db: Database, { id }: Pick<NewMail, 'id'>): Promise<MailRow | undefined> {
  const [row] = await db.query<MailRow>(
    `SELECT status, attempts, next_attempt_at <= UTC_TIMESTAMP(3) AS due, last_error AS error, CAST(data AS CHAR) AS data
       FROM mails WHERE id = ?`,
    [idToBinary(id)],
  );
  return row;
}
