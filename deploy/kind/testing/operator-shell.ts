import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { pollUntil } from '@ticketing/common/poll-until';
import { readCommand } from '../read-command.ts';
import { operatorPreamble, preamble } from '../runbook.ts';
import { demoPassword, namespaces, secondHost, type TestCluster } from './cluster-target.ts';

/** A shell as an operator has it, in a folder of its own. */
export interface OperatorShell {
  /** Fails as soon as one of the lines does. @returns what they print */
  run: (lines: string) => Promise<string>;
  /** What runs from now on has a new token. @returns it */
  logIn: () => Promise<string>;
  /** Whether the lines come to print this: the first call to a service whose only pod was replaced may go to the old one. */
  eventually: (lines: string, text: string) => Promise<boolean>;
}

const patienceMs = 120_000;
const logInLine = 'TOKEN=$(login "$EMAIL" "$PASSWORD")';

/** The shell of the second release's operator, prepared as the runbooks ask for: they say everything with the names that a shop usually has. */
export function operatorShell({ context, gatewayUrl }: Pick<TestCluster, 'context' | 'gatewayUrl'>): OperatorShell {
  const { hostname, port } = new URL(gatewayUrl);
  const prepared = `
    set -e
    cd '${mkdtempSync(`${tmpdir()}/operator-`)}'
    kubectl() { command kubectl --context '${context}' "$@"; }
    curl() { command curl --silent --show-error --connect-to '${secondHost}:80:${hostname}:${port || '80'}' "$@"; }
    # A test has no five minutes, and need not: gateways ask for a key that they do not know at once.
    sleep() { command sleep "$(($1 < 10 ? $1 : 0))"; }
    EMAIL=operator@example.com PASSWORD='${demoPassword}'
    ${preamble().replaceAll('--namespace ticketing', `--namespace ${namespaces.second}`)}
    ${operatorPreamble().replaceAll('https://tickets.example', `http://${secondHost}`)}`;
  if (!prepared.includes(logInLine)) throw new Error('the runbooks log in otherwise');
  const runPrepared = (lines: string, tokenLine: string): Promise<string> =>
    readCommand('bash', ['--norc', '-c', `${prepared.replace(logInLine, () => tokenLine)}\n${lines}`]);
  let token = '';
  return {
    // Gateways let nobody log in as often as lines are run.
    run: (lines) => runPrepared(lines, `TOKEN='${token}'`),
    logIn: async () => {
      const logIn = async (): Promise<string | undefined> => (await runPrepared('echo "$TOKEN"', logInLine)).trim() || undefined;
      token = (await pollUntil(logIn, patienceMs)) ?? '';
      return token;
    },
    eventually: async (lines, text) =>
      (await pollUntil(async () => ((await runPrepared(lines, `TOKEN='${token}'`)).includes(text) ? true : undefined), patienceMs)) ??
      false,
  };
}
