import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import { DescribePerformancesResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import {
  createSender,
  createTestMails,
  createTestPost,
  type MailRow,
  newMail,
  outError,
  readMail,
  refusedError,
  silentError,
  type TestMails,
  type TestPost,
} from '../testing/test-mails.ts';
import { addMail, addMails } from './add-mail.ts';
import type { NewMail } from './mail.ts';
import { giveUpOldMails, leaseDueMails, markSent } from './mail-store.ts';
import type { Concerts } from './performance-facts.ts';
import { createSendMails } from './send-mails.ts';

let mails: TestMails;
let db: Database;
let post: TestPost;
beforeAll(async () => {
  mails = await createTestMails();
  db = mails.db;
});
afterAll(() => mails.drop());
beforeEach(async () => {
  await db.execute('DELETE FROM mails');
  post = createTestPost();
});

const rowOf = (mail: Pick<NewMail, 'id'>): Promise<MailRow | undefined> => readMail(db, mail);

async function keep(...added: NewMail[]): Promise<void> {
  await db.transaction((tx) => addMails(tx, added));
}

/** As if the time had come for all that waits. */
async function becomeDue(): Promise<void> {
  await db.execute("UPDATE mails SET next_attempt_at = created_at WHERE status = 'WAITING'");
}

const never = new AbortController().signal;
const turnOf = (options: Parameters<typeof createSender>[2] = {}, database = db): (() => Promise<void>) => {
  const send = createSendMails(createSender(database, post, options));
  return () => send(never);
};
const receivers = (): string[] => post.taken.map(({ to }) => to).sort();
const addresses = (sent: readonly NewMail[]): string[] => sent.map(({ address }) => address).sort();

const performanceId = newId();
const about = { concertId: newId(), performanceId };
const bought = (): NewMail => ({ ...newMail(), kind: 'tickets-bought', data: { ...about, reservationId: newId(), amount: 50_000 } });
const concerts: Concerts = {
  describePerformances: () =>
    Promise.resolve(
      create(DescribePerformancesResponseSchema, {
        items: [
          {
            ...{ performanceId, concertId: about.concertId, concertTitle: 'A night in spring', startsAt: timestampFromDate(new Date()) },
            venue: { name: 'Hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
          },
        ],
      }),
    ),
};

describe('mails that are kept', () => {
  it('are sent once each, in their language, and what was written in them is erased', async () => {
    const [english, korean] = [newMail(), newMail({ locale: 'ko' })];
    await keep(english, korean);
    expect((await rowOf(english))?.data).toContain('secret');
    const turn = turnOf();
    await turn();
    await turn();
    expect(post.taken).toHaveLength(2);
    expect(post.taken.find(({ to }) => to === english.address)).toMatchObject({ subject: 'Confirm your e-mail address' });
    const sent = post.taken.find(({ to }) => to === korean.address);
    expect(sent?.subject).toBe('이메일 주소를 확인해 주세요');
    expect(sent?.html).toContain('https://shop.example/verify#secret');
    expect(await rowOf(english)).toMatchObject({ status: 'SENT', attempts: 1, error: null, data: '{}' });
  });

  it('are one for each id, and none where the transaction is undone', async () => {
    const mail = newMail();
    await keep(mail, mail);
    await keep({ ...mail, address: 'other@example.com' });
    const undone = newMail();
    const failing = db.transaction(async (tx) => {
      await addMail(tx, undone);
      throw new Error('the process dies here');
    });
    await expect(failing).rejects.toThrow('dies here');
    await turnOf()();
    expect(receivers()).toEqual([mail.address]);
  });

  it('fail where an address does not fit, instead of going to another', async () => {
    await expect(keep(newMail({ address: `${'a'.repeat(254)}@example.com` }))).rejects.toThrow('Data too long');
  });

  it('go before what a sale has to tell where somebody waits for them', async () => {
    const sold = Array.from({ length: 30 }, bought);
    await keep(...sold);
    const asked = newMail();
    await keep(asked);
    await turnOf({ concerts })();
    expect(post.taken[0]?.to).toBe(asked.address);
    expect(receivers()).toEqual(addresses([asked, ...sold]));
  });

  it('go first also after an outage that they were tried in', async () => {
    const asked = newMail();
    await keep(asked, ...Array.from({ length: 12 }, bought));
    post.answer = () => {
      throw outError;
    };
    const turn = turnOf({ concerts });
    await expect(turn()).rejects.toThrow('out');
    expect(await rowOf(asked)).toMatchObject({ attempts: 1, due: 0 });
    // As if its pause were over: it is due later than all others.
    await db.execute('UPDATE mails SET next_attempt_at = UTC_TIMESTAMP(3) WHERE attempts > 0');
    post.answer = () => undefined;
    await turn();
    expect(post.taken[0]?.to).toBe(asked.address);
  });
});

describe('two senders at once', () => {
  /** Both have looked for due mails before either takes them. */
  async function sendTogether(database: Database, count: number): Promise<void> {
    let looked = 0;
    let goOn = (): void => undefined;
    const both = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const meeting = withPause(database, 'SET attempts = attempts + 1', async () => {
      looked += 1;
      if (looked === 2) goOn();
      await both;
    });
    const added = Array.from({ length: count }, () => newMail());
    await keep(...added);
    await Promise.all([turnOf({}, meeting)(), turnOf({}, meeting)()]);
    expect(new Set(receivers())).toEqual(new Set(addresses(added)));
  }

  it('send each mail once', async () => {
    await sendTogether(db, 20);
    expect(post.taken).toHaveLength(20);
  });

  it('would send it twice if both could lease it', async () => {
    await sendTogether(withoutGuard(db, 'FOR UPDATE SKIP LOCKED', ''), 1);
    expect(post.taken).toHaveLength(2);
  });
});

describe('a sender that is killed', () => {
  it('keeps its mails from others until its lease is over, and changes nothing after that', async () => {
    const mail = newMail();
    await keep(mail);
    const [leased] = await leaseDueMails(db, 10);
    await turnOf()();
    expect(receivers()).toEqual([]);
    await becomeDue();
    post.answer = () => {
      throw refusedError;
    };
    await turnOf()();
    await markSent(db, leased!);
    expect(await rowOf(mail)).toMatchObject({ status: 'WAITING', attempts: 2, due: 0 });
  });

  it('that is told to end gives back what it has not sent', async () => {
    const added = Array.from({ length: 5 }, () => newMail());
    await keep(...added);
    const ending = new AbortController();
    post.answer = () => {
      ending.abort();
    };
    await createSendMails(createSender(db, post))(ending.signal);
    expect(post.taken).toHaveLength(1);
    const rows = await Promise.all(added.map(rowOf));
    expect(rows.filter((row) => row?.status === 'WAITING' && row.due === 1 && row.attempts === 0)).toHaveLength(4);
  });
});

describe('a mail that the server refuses', () => {
  it('holds up no other and is tried again later, and later each time', async () => {
    const [refused, ...others] = Array.from({ length: 25 }, () => newMail());
    await keep(refused!, ...others);
    post.answer = (to) => {
      if (to === refused!.address) throw refusedError;
    };
    await turnOf()();
    expect(receivers()).toEqual(addresses(others));
    expect(await rowOf(refused!)).toMatchObject({ status: 'WAITING', attempts: 1, due: 0 });
    expect((await rowOf(refused!))?.error).toContain('550');
    const pauses: number[] = [];
    for (let times = 0; times < 8; times += 1) {
      const [row] = await db.query<{ seconds: number }>(
        'SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), next_attempt_at) + 5 AS seconds FROM mails WHERE id = ?',
        [idToBinary(refused!.id)],
      );
      pauses.push(Number(row?.seconds));
      await becomeDue();
      await turnOf()();
    }
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses[0]).toBeGreaterThanOrEqual(60);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(3_600);
  });

  it('is given up after a day, and what was written in it is erased', async () => {
    const mail = newMail();
    await keep(mail);
    await db.execute('UPDATE mails SET created_at = created_at - INTERVAL 25 HOUR');
    post.answer = () => {
      throw refusedError;
    };
    await turnOf()();
    expect(await rowOf(mail)).toMatchObject({ status: 'DEAD', data: '{}' });
    await becomeDue();
    await turnOf()();
    expect((await rowOf(mail))?.attempts).toBe(1);
  });
});

describe('without a mail server', () => {
  it('mails wait, one is tried at a time, and all go out when it is back', async () => {
    const added = Array.from({ length: 15 }, () => newMail());
    await keep(...added);
    let tries = 0;
    post.answer = () => {
      tries += 1;
      throw outError;
    };
    const turn = turnOf();
    for (let times = 1; times <= 3; times += 1) {
      await expect(turn()).rejects.toThrow('connection refused');
      expect(tries).toBe(times);
    }
    const rows = await Promise.all(added.map(rowOf));
    expect(rows.filter((row) => row?.attempts === 0 && row.due === 1)).toHaveLength(12);
    post.answer = () => undefined;
    await becomeDue();
    await turn();
    expect(receivers()).toEqual(addresses(added));
  });

  it('what was never tried is given up after a day', async () => {
    const [old, fresh] = [newMail(), bought()];
    await keep(old, fresh);
    await db.execute('UPDATE mails SET next_attempt_at = next_attempt_at - INTERVAL 25 HOUR WHERE id = ?', [idToBinary(old.id)]);
    await giveUpOldMails(db);
    expect(await rowOf(old)).toMatchObject({ status: 'DEAD', data: '{}' });
    expect(await rowOf(fresh)).toMatchObject({ status: 'WAITING' });
  });
});

describe('a sidecar that does not answer', () => {
  it('is left alone for a minute, because two mails at once in it could change addresses', async () => {
    const added = [newMail(), newMail()];
    await keep(...added);
    let clock = 1_000;
    const turn = turnOf({ now: () => clock });
    post.answer = () => {
      throw silentError;
    };
    await expect(turn()).rejects.toThrow('out');
    post.answer = () => undefined;
    await becomeDue();
    clock += 59_000;
    await turn();
    expect(receivers()).toEqual([]);
    clock += 1_000;
    await turn();
    expect(receivers()).toEqual(addresses(added));
  });

  it('is never asked for two mails at a time', async () => {
    await keep(...Array.from({ length: 12 }, () => newMail()));
    let atWork = 0;
    let most = 0;
    post.answer = async () => {
      atWork += 1;
      most = Math.max(most, atWork);
      await new Promise((resolve) => setImmediate(resolve));
      atWork -= 1;
    };
    await turnOf()();
    expect({ most, sent: post.taken.length }).toEqual({ most: 1, sent: 12 });
  });
});

describe('without the concert service', () => {
  it('mails about performances wait, and others do not', async () => {
    const [ticket, other] = [bought(), newMail()];
    await keep(ticket, other);
    await turnOf()();
    expect(receivers()).toEqual([other.address]);
    expect(await rowOf(ticket)).toMatchObject({ status: 'WAITING', due: 0 });
    await becomeDue();
    await turnOf({ concerts })();
    expect(post.taken.at(-1)).toMatchObject({ to: ticket.address, subject: 'Your tickets: A night in spring' });
  });
});

describe('a kind of mail that a later version has added', () => {
  it('is left to an instance that knows it', async () => {
    const mail = newMail();
    await keep(mail);
    await db.execute("UPDATE mails SET kind = 'from-tomorrow'");
    await turnOf()();
    expect(await rowOf(mail)).toMatchObject({ status: 'WAITING', attempts: 0 });
  });
});
