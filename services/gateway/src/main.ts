import { listen, runMain } from '@ticketing/common/service-app';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';

runMain(async () => {
  const config = readConfig();
  const ctx = await createContext(config);
  await listen(createApp(ctx), config, ctx.log, ctx.stop, ctx.streams.closeAll);
});
