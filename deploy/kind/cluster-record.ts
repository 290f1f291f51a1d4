import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { localFolder } from '../local/profile.ts';

export const recordFolder = `${localFolder}/kind`;

/** Of a cluster that is ours: `making` while kind is at it, `made` from then on. */
type ClusterState = 'making' | 'made';

const beforeSchema = z.object({ context: z.string(), network: z.boolean() });

/** What was there before the cluster: the kubeconfig's current context, and whether Docker had kind's network. */
type Before = z.infer<typeof beforeSchema>;

/** What is known of the cluster that was made from this checkout. */
export class ClusterRecord {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get #stateFile(): string {
    return `${this.#folder}/cluster`;
  }

  get #beforeFile(): string {
    return `${this.#folder}/before.json`;
  }

  get state(): string | undefined {
    return existsSync(this.#stateFile) ? readFileSync(this.#stateFile, 'utf8') : undefined;
  }

  write(state: ClusterState): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(this.#stateFile, state);
  }

  get before(): Before | undefined {
    return existsSync(this.#beforeFile) ? beforeSchema.parse(JSON.parse(readFileSync(this.#beforeFile, 'utf8'))) : undefined;
  }

  /** Only once: what an interrupted start has left is not what was there before. */
  remember(before: Before): void {
    if (this.before !== undefined) return;
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(this.#beforeFile, JSON.stringify(before));
  }

  forget(): void {
    rmSync(this.#beforeFile, { force: true });
    rmSync(this.#stateFile, { force: true });
  }
}
