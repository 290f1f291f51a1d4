import { spawn } from 'node:child_process';
import { repositoryRoot } from '../local/profile.ts';

/** An Express route that does nothing, in a process of its own. It runs on the Node.js that runs npm, as all figures of before were taken. */
export interface NoopRoute {
  url: string;
  pid: number;
  stop: () => void;
}

export async function startNoopRoute(): Promise<NoopRoute> {
  const child = spawn(process.env['npm_node_execpath'] ?? process.execPath, ['--import', 'tsx', 'deploy/load/noop-server.ts'], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', () => reject(new Error('the no-op route did not start')));
  });
  if (child.pid === undefined) throw new Error('the no-op route did not start');
  return { url: `http://127.0.0.1:${port}/noop`, pid: child.pid, stop: () => child.kill() };
}
