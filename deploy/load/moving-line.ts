import { setTimeout as delay } from 'node:timers/promises';
import { Sidecar } from '@ticketing/common/dapr';
import { z } from 'zod';
import { keys, roomSchema } from '../../services/queue/src/rooms/room.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { describeFailure, StepFailure } from '../local/step-failure.ts';
import type { Person } from './crowd.ts';
import type { Step } from './event-delays.ts';

const lookEveryMs = 20;
const servingShape = z.object({ serving: z.number() });

/** A line at whose head people are let in and leave again. */
export interface MovingLine {
  /** Each move of the line, at the first look at the store that has found it: one each 20 ms. */
  steps: readonly Step[];
  /** Lets some of the people inside leave, so that others are called. */
  letGo: (count: number) => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * Reads the stored line of a room every 20 ms. The first people come in when they are called.
 * @param first the people in the first places, in their order
 */
export async function followLine(stack: StackDescription, concertId: string, first: readonly Person[]): Promise<MovingLine> {
  const instance = stack.instances.find(({ service }) => service === 'queue');
  const sidecar = new Sidecar({ httpPort: instance?.daprHttpPort ?? 0, apiToken: stack.daprApiToken });
  const room = roomSchema.parse((await sidecar.getState(keys.room(concertId)))?.value);
  const stopping = new AbortController();
  const steps: Step[] = [];
  const inside: Person[] = [];
  let failure: StepFailure | undefined;
  const fail = (error: unknown): void => {
    failure ??= new StepFailure(`the line could not be followed: ${describeFailure(error)}`);
  };
  const call = async (person: Person): Promise<void> => {
    await person.buyer.enter(concertId);
    inside.push(person);
  };
  const look = async (): Promise<void> => {
    let seen = 0;
    while (!stopping.signal.aborted) {
      const entry = await sidecar.getState(keys.serving(room));
      const serving = entry ? servingShape.parse(entry.value).serving : 0;
      if (serving > seen) {
        steps.push({ serving, at: performance.now() });
        for (const person of first.slice(seen, serving)) call(person).catch(fail);
        seen = serving;
      }
      await delay(lookEveryMs);
    }
  };
  const looking = look().catch(fail);
  return {
    steps,
    letGo: async (count) => {
      if (failure) throw failure;
      await Promise.all(inside.splice(0, count).map(({ buyer }) => buyer.leave(concertId)));
    },
    stop: async () => {
      stopping.abort();
      await looking;
      await sidecar.close();
      if (failure) throw failure;
    },
  };
}
