import { components, type Sidecar, SidecarError } from '@ticketing/common/dapr';
import type { Database } from '@ticketing/common/database';
import type { Logger } from '@ticketing/common/log';
import { createCounter } from '@ticketing/common/telemetry';
import { giveBack, type LeasedMail, leaseDueMails, leaseSeconds, markSent, postponeMail } from './mail-store.ts';
import { type Concerts, findFacts, type PerformanceFacts, performanceOf } from './performance-facts.ts';
import { type WrittenMail, writeMail } from './write-mail.ts';

const batchSize = 10;
const sent = createCounter('ticketing_mails_sent_total', 'Mails that the mail server took, by kind');
const failed = createCounter('ticketing_mails_failed_total', 'Tries to send a mail that failed, by what failed');

/** What keeps a mail from being sent: the mail server refuses this one, it or the sidecar is out, or what the mail is about can't be asked for. */
const obstacles = ['refused', 'mail-server-out', 'facts-missing'] as const;
type Obstacle = (typeof obstacles)[number];

// In seconds, doubled by each try. What is refused is refused for a while; an outage ends at any time.
const pauses: Record<Obstacle, { first: number; longest: number }> = {
  refused: { first: 60, longest: 3_600 },
  'mail-server-out': { first: 1, longest: 60 },
  'facts-missing': { first: 1, longest: 60 },
};

export interface MailSender {
  db: Database;
  sidecar: Pick<Sidecar, 'invokeBinding'>;
  concerts: Concerts;
  log: Logger;
  config: { PUBLIC_URL: string };
  /** Milliseconds on a clock that never goes back. */
  now: () => number;
}

/**
 * After a call that the sidecar did not answer. The SMTP binding (Dapr 1.18.3) keeps the address of the mail that it works on where the next
 * call puts its own: of two calls at once, one could send its mail to the address of the other.
 */
const quietMs = 60_000;

/**
 * Makes a turn of sending: all mails that are due, one after the other. It throws when the mail server is out, and has given back then what it did
 * not try. Safe in many instances at once, each with a sidecar of its own.
 */
export function createSendMails(sender: MailSender): (signal: AbortSignal) => Promise<void> {
  for (const obstacle of obstacles) failed.add(0, { obstacle });
  let quietUntil = Number.NEGATIVE_INFINITY;
  const send = async (address: string, mail: WrittenMail): Promise<void> => {
    try {
      await sender.sidecar.invokeBinding(components.mail, 'create', mail.html, { emailTo: address, subject: mail.subject });
    } catch (error) {
      if (error instanceof SidecarError && error.status === 0) quietUntil = sender.now() + quietMs;
      throw error;
    }
  };
  return async (signal) => {
    let mails: LeasedMail[];
    do {
      if (sender.now() < quietUntil) return;
      const until = sender.now() + leaseSeconds * 500;
      mails = await leaseDueMails(sender.db, batchSize);
      await sendLeased(sender, mails, { send, isOver: () => signal.aborted || sender.now() > until });
    } while (mails.length === batchSize && !signal.aborted);
  };
}

interface Turn {
  send: (address: string, mail: WrittenMail) => Promise<void>;
  isOver: () => boolean;
}

async function sendLeased(sender: MailSender, mails: LeasedMail[], { send, isOver }: Turn): Promise<void> {
  const { db, log } = sender;
  const facts = await findFacts(sender.concerts, mails).catch((error: unknown) => {
    log.warn({ err: error }, 'the concert service can not be asked; mails about performances wait');
    return new Map<string, PerformanceFacts>();
  });
  for (const [index, mail] of mails.entries()) {
    if (isOver()) return giveBack(db, mails.slice(index));
    const written = write(sender, mail, facts);
    if (!written) {
      await postpone(sender, mail, 'facts-missing', 'what it is about is not known');
      continue;
    }
    try {
      await send(mail.address, written);
    } catch (error) {
      const obstacle = obstacleOf(error);
      await postpone(sender, mail, obstacle, reasonOf(error));
      if (obstacle === 'refused') continue;
      await giveBack(db, mails.slice(index + 1));
      throw new Error(`the mail server is out: ${reasonOf(error).replaceAll(/\S+@\S+/g, '…')}`);
    }
    await markSent(db, mail);
    sent.add(1, { kind: mail.kind });
  }
}

function write({ config }: MailSender, mail: LeasedMail, facts: Map<string, PerformanceFacts>): WrittenMail | undefined {
  const performance = performanceOf(mail);
  const about = performance === undefined ? undefined : facts.get(performance);
  if (!mail.content || (performance !== undefined && !about)) return undefined;
  return writeMail(mail.content, mail.locale, about, config.PUBLIC_URL);
}

/** The binding passes on what the server said of a mail as text; whatever else it says, the next mail may fare better after a pause. */
function obstacleOf(error: unknown): Obstacle {
  return error instanceof SidecarError && /could not send email \d+: [45]\d\d\b/.test(error.detail) ? 'refused' : 'mail-server-out';
}

function reasonOf(error: unknown): string {
  if (error instanceof SidecarError) return error.detail || error.message;
  return error instanceof Error ? error.message : 'unknown';
}

async function postpone({ db, log }: MailSender, mail: LeasedMail, obstacle: Obstacle, reason: string): Promise<void> {
  const { first, longest } = pauses[obstacle];
  const { id, kind, attempts } = mail;
  failed.add(1, { obstacle });
  const waits = await postponeMail(db, mail, Math.min(longest, first * 2 ** Math.min(attempts - 1, 12)), `${obstacle}: ${reason}`);
  if (waits) return;
  // The reason may name the address; it stands in the row, which goes.
  log.error({ mailId: id, kind, attempts, obstacle }, 'mail given up');
}
