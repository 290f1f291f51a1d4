import { z } from 'zod';
import { createKeptMails } from './kept-mails.ts';
import { createPages } from './pages.ts';
import { createSmtpServer } from './smtp.ts';

const port = z.coerce.number().int();

/** Reads its own environment: where to listen, and who may send with a password. */
const { HOSTS, SMTP_PORT, PAGE_PORT, SMTP_USER, SMTP_PASSWORD } = z
  .object({
    HOSTS: z.string().transform((hosts) => hosts.split(',')),
    SMTP_PORT: port,
    PAGE_PORT: port,
    SMTP_USER: z.string(),
    SMTP_PASSWORD: z.string(),
  })
  .parse(process.env);

const mails = createKeptMails();
for (const host of HOSTS) createSmtpServer(mails, { user: SMTP_USER, password: SMTP_PASSWORD }).listen(SMTP_PORT, host);
createPages(mails).listen(PAGE_PORT, '127.0.0.1');
