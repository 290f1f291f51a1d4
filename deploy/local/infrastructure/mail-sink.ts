import type { ProcessSpec } from '../process-record.ts';
import { repositoryRoot, stackSources } from '../profile.ts';
import type { StackContext } from '../stack-context.ts';
import { listenAddresses, logFile } from '../stack-context.ts';

const user = 'ticketing';

/** Where people and tests read the mails. */
export function mailPageUrl({ ports }: Pick<StackContext, 'ports'>): string {
  return `http://127.0.0.1:${ports['mail-page']}`;
}

/** What components/mail.yaml is filled with. */
export function mailPlaceholders({ ports }: Pick<StackContext, 'ports'>): Record<string, string> {
  return {
    MAIL_HOST: '127.0.0.1',
    MAIL_PORT: String(ports.mail),
    MAIL_USER: user,
    MAIL_FROM: 'tickets@example.com',
    MAIL_SKIP_TLS_VERIFY: 'false',
  };
}

/** A mail server that keeps every mail in memory and shows it on a page. */
export function mailSinkSpec(context: StackContext): ProcessSpec {
  const { ports, secrets } = context;
  return {
    name: 'mail-sink',
    kind: 'infrastructure',
    command: process.execPath,
    args: ['--import', 'tsx', `${stackSources}/mail-sink/main.ts`],
    env: {
      HOSTS: listenAddresses(context).join(','),
      SMTP_PORT: String(ports.mail),
      PAGE_PORT: String(ports['mail-page']),
      SMTP_USER: user,
      SMTP_PASSWORD: secrets.get('smtp-password'),
    },
    cwd: repositoryRoot,
    log: logFile(context, 'mail-sink'),
    readiness: { kind: 'http', url: `${mailPageUrl(context)}/api/mails?to=nobody`, status: 200, headers: {} },
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 5_000,
  };
}
