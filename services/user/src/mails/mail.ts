import { z } from 'zod';

/** The languages that mails are written in. */
export const locales = ['ko', 'en'] as const;
export type Locale = (typeof locales)[number];

/** Path, query and fragment of a page beneath PUBLIC_URL. A link is a secret: it is erased when the mail is sent. */
const link = z.object({ link: z.string().startsWith('/') });
const nothing = z.object({});
const performance = z.object({ concertId: z.uuid(), performanceId: z.uuid() });
const payment = performance.extend({ reservationId: z.uuid(), amount: z.int().nonnegative() });

/** What is written in a mail. Titles, times and places are asked for when it is sent. */
export const mailContent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('verify-address'), data: link }),
  z.object({ kind: z.literal('reset-password'), data: link }),
  z.object({ kind: z.literal('address-changed'), data: nothing }),
  z.object({ kind: z.literal('password-changed'), data: nothing }),
  z.object({ kind: z.literal('tickets-bought'), data: payment }),
  z.object({ kind: z.literal('payment-refunded'), data: payment }),
  z.object({ kind: z.literal('performance-cancelled'), data: performance }),
  z.object({ kind: z.literal('performance-postponed'), data: performance }),
]);

export type MailContent = z.infer<typeof mailContent>;
export type MailKind = MailContent['kind'];

export const mailKinds: readonly MailKind[] = mailContent.options.map(({ shape }) => shape.kind.value);

/** What goes first, and what goes after it. */
export const priorities = [0, 1] as const;

/** A mail before it is kept. */
export type NewMail = MailContent & {
  /** Of two mails with one id, the first is kept. For what a person asks for, a new id; for what an event tells, `mailIdOf`. */
  id: string;
  /** Whose it is: with an account, its mails go. */
  accountId: string | undefined;
  address: string;
  locale: Locale;
};
