// Loaded into a service by NODE_OPTIONS=--import: SIGUSR2 begins a CPU profile, the next one ends it and writes it to PROFILE_FOLDER.
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const session = new Session();
session.connect();
await session.post('Profiler.enable');
let running = false;

process.on('SIGUSR2', async () => {
  running = !running;
  if (running) {
    await session.post('Profiler.start');
    return;
  }
  const { profile } = await session.post('Profiler.stop');
  const file = `${process.env.PROFILE_FOLDER}/${process.env.INSTANCE_ID}.cpuprofile`;
  writeFileSync(`${file}.tmp`, JSON.stringify(profile));
  renameSync(`${file}.tmp`, file);
});
