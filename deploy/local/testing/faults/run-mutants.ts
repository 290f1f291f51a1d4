import { identityOf } from '@ticketing/common/witness/check';
import { repositoryRoot } from '../../profile.ts';
import { allCases } from './all-cases.ts';
import { buildMutant } from './build-mutant.ts';
import type { FaultShop } from './fault-shop.ts';
import type { Mutant } from './mutants.ts';
import { runCase } from './run-case.ts';

const settleMs = 40_000;

/** Tries the faults that fit on each mutant. @returns whether every one was found out */
export async function runMutants(shop: FaultShop, chosen: readonly Mutant[], signal: AbortSignal): Promise<boolean> {
  // What a mutant has done stays in the books: only what is new is the next one's.
  const known = new Set<string>();
  let undetected = 0;
  for (const [index, mutant] of chosen.entries()) {
    signal.throwIfAborted();
    await install(shop, mutant, buildMutant(mutant.changes));
    const found = await findOut(shop, mutant, known);
    if (found === undefined) undetected += 1;
    process.stdout.write(
      `[${index + 1}/${chosen.length}] ${mutant.guard} -> ${found === undefined ? 'NOT DETECTED' : `detected: ${found}`}\n`,
    );
    await install(shop, mutant, (service) => `${repositoryRoot}services/${service}`);
  }
  process.stdout.write(`${chosen.length - undetected} of ${chosen.length} missing guards were detected\n`);
  return undetected === 0;
}

async function install(shop: FaultShop, { services }: Mutant, folderOf: (service: string) => string): Promise<void> {
  const instances = services.flatMap((service) => shop.instancesOf(service));
  await Promise.all(instances.map(({ name, service }) => shop.restart(name, { cwd: folderOf(service) })));
}

/** By which fault, and as what, the missing guard shows. */
async function findOut(shop: FaultShop, { cases }: Mutant, known: Set<string>): Promise<string | undefined> {
  for (const name of cases) {
    const fault = allCases.find((candidate) => candidate.name === name);
    if (!fault) throw new Error(`there is no fault "${name}"`);
    const { passed, failure, verdict } = await runCase(shop, fault, { known, settleMs });
    for (const { rows } of verdict?.offences ?? []) for (const row of rows) known.add(identityOf(row));
    if (passed) continue;
    const offences = verdict?.offences.map(({ invariant, rows }) => `${invariant} (${rows.length} rows)`) ?? [];
    return [name, ...(failure === undefined ? [] : [failure]), ...offences].join('; ');
  }
  return undefined;
}
