import type { Sidecar } from '@ticketing/common/dapr';
import type { Database } from '@ticketing/common/database';
import { startJob } from '@ticketing/common/job';
import type { Logger } from '@ticketing/common/log';
import type { RetentionRule } from '@ticketing/common/retention';
import type { Config } from '../config.ts';
import { giveUpOldMails } from './mail-store.ts';
import type { Concerts } from './performance-facts.ts';
import { createSendMails } from './send-mails.ts';
import { watchMails } from './watch-mails.ts';

/** Sends the mails that are kept. */
export interface Mailing {
  /** Sends at once what was committed. */
  wake: () => void;
  stop: () => Promise<void>;
}

/** Sends mails where there is a mail server; without one they wait, and are given up after a day. */
export function startMailing(options: { db: Database; sidecar: Sidecar; concerts: Concerts; log: Logger; config: Config }): Mailing {
  const { db, log, config } = options;
  const ending = startJob({ name: 'mail-ending', intervalMs: 60_000, log, work: () => giveUpOldMails(db) });
  if (config.MAIL_SENDING === 'off') {
    log.warn('MAIL_SENDING is off: no mail is sent; mails wait for a day and are given up then');
    return { wake: () => undefined, stop: ending.stop };
  }
  const watch = startJob({ name: 'mail-watch', intervalMs: 5_000, log, work: () => watchMails(db) });
  const send = startJob({
    name: 'mail-sender',
    intervalMs: 1_000,
    log,
    work: createSendMails({ ...options, now: () => performance.now() }),
  });
  return {
    wake: send.wake,
    stop: async () => {
      await Promise.all([send.stop(), watch.stop(), ending.stop()]);
    },
  };
}

/** Addresses and what the server said go some days after a mail was sent or given up. */
export function mailRetention(config: Config): RetentionRule {
  return { table: 'mails', condition: 'ended_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR', hours: () => config.MAIL_RETENTION_HOURS };
}
