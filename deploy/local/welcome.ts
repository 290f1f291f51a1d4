import type { StackDescription } from './stack-description.ts';

export const demoPassword = 'correct horse battery staple';
const demoAccounts = ['fan@example.com', 'organiser@example.com', 'operator@example.com'];

function curlLines(gateway: string): string[] {
  return [
    `export API=${gateway}/api/v1`,
    `TOKEN=$(curl -s $API/sessions -H 'content-type: application/json' -d '{"email":"fan@example.com","password":"${demoPassword}"}' | jq -r .accessToken)`,
    `CONCERT=$(curl -s "$API/concerts?limit=1" | jq -r '.items[0].id')`,
    `curl -s $API/queue/tokens -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d "{\\"concertId\\":\\"$CONCERT\\"}" | jq`,
    `PASS=$(curl -s $API/queue/tokens/$CONCERT -H "authorization: Bearer $TOKEN" | jq -r .pass)`,
    `PERFORMANCE=$(curl -s "$API/concerts/$CONCERT/performances?available=true" | jq -r '.items[0].id')`,
    `curl -s $API/performances/$PERFORMANCE/seats -H "authorization: Bearer $TOKEN" -H "x-queue-pass: $PASS" | jq '.seats[:3]'`,
  ];
}

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
    ...(stack.zipkinUrl === undefined ? [] : [row('traces', stack.zipkinUrl)]),
    ...(stack.prometheusUrl === undefined ? [] : [row('metrics', stack.prometheusUrl)]),
    row('logs', `.local/${stack.profile}/logs`),
    row('accounts', `${demoAccounts.join(', ')}  (password: ${demoPassword})`),
    '',
    ...curlLines(stack.gatewayUrl),
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
