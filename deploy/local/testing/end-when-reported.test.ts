import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from '@jest/globals';
import { endWhenReported } from './end-when-reported.ts';

const folder = mkdtempSync(`${tmpdir()}/ticketing-report-`);
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program that is given the name of its report. */
async function run(program: string) {
  const report = `${folder}/${Math.random()}.json`;
  const child = spawn(process.execPath, ['-e', program, report], { stdio: 'ignore' });
  const checkEnd = endWhenReported(child, report);
  const [code, signal] = await once(child, 'close');
  return { ended: code ?? signal, checkEnd };
}

const writes = 'fs.writeFileSync(process.argv[1], "{}")';

describe('Jest', () => {
  it('that exits is not killed', async () => {
    const { ended, checkEnd } = await run(writes);
    expect(ended).toBe(0);
    expect(() => checkEnd(0)).not.toThrow();
  });

  it('is ended when something keeps it after its report, which only a failed test may do', async () => {
    const { ended, checkEnd } = await run(`${writes}; setInterval(() => {}, 1000)`);
    expect(ended).toBe('SIGKILL');
    expect(() => checkEnd(1)).not.toThrow();
    expect(() => checkEnd(0)).toThrow('left something open');
  });
});
