const spinnerIntervalMs = 120;
const reminderIntervalMs = 30_000;
const spinnerFrames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

interface RunningStep {
  readonly title: string;
  readonly startedAt: number;
  remindedAt: number;
}

export interface ProgressOptions {
  readonly quiet?: boolean | undefined;
  readonly stream?: NodeJS.WriteStream | undefined;
}

/**
 * Reports steps, several of which may run at once: on a terminal one live line names what is running, elsewhere every
 * step has a plain line when it begins and when it ends, and long ones say now and then that they are still at it.
 */
export class Progress {
  readonly #quiet: boolean;
  readonly #stream: NodeJS.WriteStream;
  readonly #running = new Set<RunningStep>();
  readonly #startedAt = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;

  constructor(options: ProgressOptions = {}) {
    this.#quiet = options.quiet ?? false;
    this.#stream = options.stream ?? process.stdout;
  }

  /** Runs the work as a step. What the work returns as `note` is shown on the step's last line. */
  async step<T>(title: string, work: () => Promise<T>, note: (result: T) => string = () => ''): Promise<T> {
    const step: RunningStep = { title, startedAt: Date.now(), remindedAt: Date.now() };
    this.#begin(step);
    try {
      const result = await work();
      const detail = note(result);
      this.#end(step, '✓', detail);
      return result;
    } catch (error) {
      this.#end(step, '✗', '');
      throw error;
    }
  }

  line(text: string): void {
    if (this.#quiet) return;
    this.#clear();
    this.#stream.write(`${text}\n`);
    this.#draw();
  }

  elapsed(): string {
    return seconds(Date.now() - this.#startedAt);
  }

  #begin(step: RunningStep): void {
    this.#running.add(step);
    if (!this.#live()) this.line(`… ${step.title}`);
    this.#timer ??= setInterval(() => this.#tick(), this.#live() ? spinnerIntervalMs : 1_000).unref();
  }

  #end(step: RunningStep, mark: string, detail: string): void {
    this.#running.delete(step);
    this.line(`${mark} ${step.title}${detail ? `: ${detail}` : ''} (${seconds(Date.now() - step.startedAt)})`);
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    if (this.#live()) {
      this.#frame = (this.#frame + 1) % spinnerFrames.length;
      this.#clear();
      this.#draw();
      return;
    }
    for (const step of this.#running) {
      if (Date.now() - step.remindedAt < reminderIntervalMs) continue;
      step.remindedAt = Date.now();
      this.line(`… ${step.title}: still running (${seconds(Date.now() - step.startedAt)})`);
    }
  }

  #live(): boolean {
    return !this.#quiet && this.#stream.isTTY;
  }

  #clear(): void {
    if (this.#live()) this.#stream.write('\r\u001b[K');
  }

  #draw(): void {
    if (!this.#live() || this.#running.size === 0) return;
    const titles = [...this.#running].map((step) => step.title).join(' · ');
    const text = `${spinnerFrames[this.#frame]} ${this.elapsed()}  ${titles}`;
    this.#stream.write(text.slice(0, Math.max(10, this.#stream.columns - 1)));
  }
}

function seconds(milliseconds: number): string {
  const total = milliseconds / 1000;
  return total < 60 ? `${total.toFixed(1)} s` : `${Math.floor(total / 60)} min ${Math.round(total % 60)} s`;
}
