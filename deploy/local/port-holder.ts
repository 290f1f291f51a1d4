import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { StepFailure } from './step-failure.ts';

const listening = '0A';

/** The inodes of sockets that listen on the port, from the kernel's tables (IPv4 and IPv6). */
function listeningInodes(port: number): Set<string> {
  const hexadecimalPort = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const row of readLines(table)) {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      if (state === listening && local?.endsWith(`:${hexadecimalPort}`) && inode) inodes.add(inode);
    }
  }
  return inodes;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function openSockets(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkOrEmpty(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function readlinkOrEmpty(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function processIds(): string[] {
  try {
    return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

/** Who listens on the port, as far as this user may see. */
function describeHolder(port: number): string {
  const wanted = new Set([...listeningInodes(port)].map((inode) => `socket:[${inode}]`));
  for (const pid of processIds()) {
    if (!openSockets(pid).some((socket) => wanted.has(socket))) continue;
    const command = readLines(`/proc/${pid}/cmdline`).join('').replaceAll('\0', ' ').trim();
    return `process ${pid} (${command.slice(0, 120)})`;
  }
  return wanted.size > 0 ? 'a process of another user' : 'a process that could not be determined';
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export interface WantedPort {
  readonly name: string;
  readonly port: number;
}

/** Fails with one message that names every taken port and who holds it. */
export async function assertPortsFree(wanted: readonly WantedPort[]): Promise<void> {
  const problems: string[] = [];
  const seen = new Map<number, string>();
  for (const { name, port } of wanted) {
    const other = seen.get(port);
    if (other) problems.push(`port ${port} is meant for both ${other} and ${name}`);
    else if (!(await canListen(port))) problems.push(`port ${port} (${name}) is taken by ${describeHolder(port)}`);
    seen.set(port, name);
  }
  if (problems.length === 0) return;
  throw new StepFailure(problems.join('\n'), {
    fix: 'stop that process, or choose another port: npm start -- --port <name>=<number> (npm start -- --help lists the names)',
  });
}
