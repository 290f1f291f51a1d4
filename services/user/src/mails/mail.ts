import { z } from 'zod';

/** The languages that mails are written in. */
export type Locale = 'ko' | 'en';

/** Path, query and fragment of a page beneath PUBLIC_URL. A link is a secret: it is erased when the mail is sent. */
const link = z.object({ link: z.string().startsWith('/') });
const nothing = z.object({});
const performance = z.object({ concertId: z.uuid(), performanceId: z.uuid() });

/** What each kind of mail is about. Titles, times and places are asked for when it is sent. */
export const mailKinds = {
  'verify-address': link,
  'reset-password': link,
  'address-changed': nothing,
  'password-changed': nothing,
  'tickets-bought': performance.extend({ reservationId: z.uuid(), amount: z.int().nonnegative() }),
  'payment-refunded': performance.extend({ reservationId: z.uuid(), amount: z.int().nonnegative() }),
  'performance-cancelled': performance,
  'performance-postponed': performance,
} as const;

export type MailKind = keyof typeof mailKinds;
export type MailData<K extends MailKind> = z.infer<(typeof mailKinds)[K]>;

/** What is written in a mail. */
export type MailContent = { [K in MailKind]: { kind: K; data: MailData<K> } }[MailKind];

/** A mail before it is kept. */
export type NewMail = MailContent & {
  /** Of two mails with one id, the first is kept. For what a person asks for, a new id; for what an event tells, `mailIdOf`. */
  id: string;
  /** Whose it is: with an account, its mails go. */
  accountId: string | undefined;
  address: string;
  locale: Locale;
};
