import { databaseEnvironment, loadConfig } from '@ticketing/common/config';
import { openDatabase } from '@ticketing/common/database';
import { runMain } from '@ticketing/common/service-app';
import { schema } from './db/schema.ts';
import { specialConcerts } from './seed/special-concerts.ts';
import { writeSeed } from './seed/write-seed.ts';

// The last line of the output names the special concerts as JSON.
runMain(async () => {
  const config = loadConfig(databaseEnvironment.required({ DB_PASSWORD: true }));
  const db = await openDatabase({ ...schema, config: { ...config, DB_POOL_SIZE: 2 }, password: config.DB_PASSWORD });
  try {
    const { concerts, performances } = await writeSeed(db);
    console.log(`wrote ${concerts} concerts and ${performances} performances`);
    console.log(JSON.stringify(specialConcerts));
  } finally {
    await db.close();
  }
});
