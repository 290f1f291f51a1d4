import type { StackDescription } from './stack-description.ts';
import { walkThrough } from './walk-through.ts';

export const demoPassword = 'correct horse battery staple';
const demoAccounts = ['fan@example.com', 'organiser@example.com', 'operator@example.com'];

/** What a person needs right after the start. */
export function printWelcome(stack: StackDescription, elapsed: string): void {
  const width = 14;
  const row = (name: string, value: string) => `  ${name.padEnd(width)}${value}`;
  const lines = [
    '',
    `Everything is up (${elapsed}).`,
    '',
    row('gateway', stack.gatewayUrl),
    row('API page', `${stack.gatewayUrl}/docs`),
    row('mails', stack.mail.url),
    ...(stack.zipkinUrl === undefined ? [] : [row('traces', stack.zipkinUrl)]),
    ...(stack.prometheusUrl === undefined ? [] : [row('metrics', stack.prometheusUrl)]),
    row('logs', `.local/${stack.profile}/logs`),
    row('accounts', demoAccounts.join(', ')),
    row('password', demoPassword),
    '',
    'Buy a ticket (paste into a shell):',
    '',
    walkThrough(stack.gatewayUrl),
    'A race for seats: npm run demo -- --buyers 500 --seats 100',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
