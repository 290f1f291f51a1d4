import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import type { KeptMails } from './kept-mails.ts';

export interface SmtpAccount {
  user: string;
  password: string;
}

/** Addresses that begin like this are refused, to see what becomes of such mails. */
export const refusedStart = 'refused-';

/** An error that the server answers with this status. */
function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** A mail server that keeps what it gets and sends nothing on. It takes mail without a name, and refuses a name with a wrong password. */
export function createSmtpServer(mails: KeptMails, account: SmtpAccount): SMTPServer {
  const keep = async (stream: SMTPServerDataStream, to: string[]): Promise<void> => {
    const { from, subject, html } = await PostalMime.parse(await buffer(stream));
    mails.add({ from: from?.address ?? '', to, subject: subject ?? '', html: html ?? '' });
  };
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) => {
      if (username === account.user && password === account.password) done(null, { user: username });
      else done(refusal(535, 'wrong password'));
    },
    onRcptTo: ({ address }, _session, done) => {
      done(address.startsWith(refusedStart) ? refusal(550, 'no such mailbox') : null);
    },
    onData: (stream, session, done) => {
      keep(
        stream,
        session.envelope.rcptTo.map(({ address }) => address),
      ).then(
        () => done(null),
        (error: unknown) => done(refusal(554, error instanceof Error ? error.message : 'unreadable')),
      );
    },
  });
  // A client that hangs up is an error too.
  server.on('error', (error) => process.stderr.write(`${error.message}\n`));
  return server;
}
