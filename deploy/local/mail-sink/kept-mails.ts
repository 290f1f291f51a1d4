import { randomUUID } from 'node:crypto';

/** A mail as the sink keeps it. */
export interface KeptMail {
  id: string;
  receivedAt: string;
  from: string;
  /** Whom the sender named to the server, which is who gets it. */
  to: string[];
  subject: string;
  html: string;
}

/** Of more, the oldest go. */
const mostMails = 5_000;

export interface KeptMails {
  add: (mail: Omit<KeptMail, 'id' | 'receivedAt'>) => void;
  /** The newest first. @param to only those to this address */
  list: (to?: string) => KeptMail[];
  find: (id: string) => KeptMail | undefined;
}

export function createKeptMails(): KeptMails {
  const mails: KeptMail[] = [];
  return {
    add: (mail) => {
      mails.unshift({ id: randomUUID(), receivedAt: new Date().toISOString(), ...mail });
      mails.length = Math.min(mails.length, mostMails);
    },
    list: (to) => (to === undefined ? [...mails] : mails.filter((mail) => mail.to.includes(to))),
    find: (id) => mails.find((mail) => mail.id === id),
  };
}
