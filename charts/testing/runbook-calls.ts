import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { operatorPreamble, preamble } from '../../deploy/kind/runbook.ts';

const execute = promisify(execFile);
/** Beside kubectl and curl. */
const tools = ['base64', 'cat', 'cut', 'grep', 'head', 'sort', 'tail', 'tr'];

/** A call of kubectl, curl or Helm. */
export interface Call {
  program: string;
  args: string[];
  /** Where it reads any. */
  input: string;
}

/** Tells of its call in place of making it; what it prints lets the lines around it go on. */
const standIn = `#!/bin/bash
case " $* " in *" -i "* | *" /dev/stdin "*) input=$(cat) ;; esac
printf '%s\\0' "\${0##*/}" "\${input-}" "$#" "$@" >> "$CALLS"
case "$*" in
  *"-o name") echo pod/POD ;;
  *"{.items[*].metadata.name}") echo user ;;
  *"deployment.kubernetes.io/revision"*) echo "3 docker.io/ticketing/user:TAG" ;;
  *--patch-file*) ;;
  *"{.data."*) echo '{"keys":[]}' | base64 ;;
  *createHash*) echo '{"stringData":{"'"\${*: -2:1}"'":"{}"}}' ;;
esac
`;

function readCalls(text: string): Call[] {
  const words = text.split('\0');
  const calls: Call[] = [];
  for (let at = 0; at + 2 < words.length; ) {
    const [program = '', input = '', count = ''] = words.slice(at, at + 3);
    const end = at + 3 + Number(count);
    calls.push({ program, input, args: words.slice(at + 3, end) });
    at = end;
  }
  return calls;
}

/**
 * Runs lines of a runbook in bash, in an empty folder, where nothing is there but a few tools and stand-ins for what reaches the cluster.
 * @returns whom they call with what, and what the shell complains of
 */
export async function callsOf(script: string): Promise<{ calls: Call[]; complaints: string }> {
  const folder = mkdtempSync(`${tmpdir()}/runbook-`);
  try {
    const [bin, empty, calls] = [`${folder}/bin`, `${folder}/empty`, `${folder}/calls`];
    for (const made of [bin, empty]) mkdirSync(made);
    writeFileSync(calls, '');
    const programs = ['kubectl', 'curl', 'helm', 'sleep'];
    for (const program of programs) writeFileSync(`${bin}/${program}`, standIn);
    for (const program of programs) chmodSync(`${bin}/${program}`, 0o755);
    const { stdout } = await execute('bash', ['-c', `type -P ${tools.join(' ')}`]);
    for (const path of stdout.trim().split('\n')) symlinkSync(path, `${bin}/${path.split('/').at(-1)}`);
    const placeholders = { CONCERT: 'CONCERT-ID', EMAIL: 'operator@example.com', PASSWORD: 'a password' };
    const env = { PATH: bin, CALLS: calls, ...placeholders };
    const lines = `${preamble()}\n${operatorPreamble()}\n: > "$CALLS"\n${script}\n:`;
    const { stderr } = await execute('/bin/bash', ['--norc', '-c', lines], { cwd: empty, env });
    return { calls: readCalls(readFileSync(calls, 'utf8')), complaints: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
