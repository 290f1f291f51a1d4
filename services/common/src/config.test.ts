import { describe, expect, it } from '@jest/globals';
import { databaseEnvironment, InvalidConfiguration, loadConfig, serviceEnvironment } from './config.ts';

const schema = serviceEnvironment.extend(databaseEnvironment.shape);
const good = {
  APP_ID: 'user',
  INSTANCE_ID: 'user-1',
  APP_PORT: '8081',
  DAPR_API_TOKEN: 'x'.repeat(16),
  APP_API_TOKEN: 'y'.repeat(16),
  DB_HOST: '127.0.0.1',
  DB_NAME: 'users',
  DB_USER: 'user',
};

function complaint(environment: NodeJS.ProcessEnv): string {
  try {
    loadConfig(schema, environment);
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.message;
  }
  return '';
}

describe('loadConfig', () => {
  it('reads numbers from text and fills the defaults in', () => {
    expect(loadConfig(schema, good)).toMatchObject({ APP_PORT: 8081, DAPR_HTTP_PORT: 3500, DB_PORT: 3306, LOG_LEVEL: 'info' });
  });

  it('leaves variables of others out', () => {
    expect(loadConfig(schema, { ...good, PATH: '/bin' })).not.toHaveProperty('PATH');
  });

  it('names every variable that is missing or nonsense at once', () => {
    const message = complaint({
      ...good,
      DB_HOST: undefined,
      APP_PORT: '70000',
      DAPR_API_TOKEN: 'short',
      LOG_LEVEL: 'loud',
      ZIPKIN_URL: 'x',
    });
    for (const name of ['DB_HOST', 'APP_PORT', 'DAPR_API_TOKEN', 'LOG_LEVEL', 'ZIPKIN_URL']) expect(message).toContain(`  ${name}: `);
    expect(message.split('\n')).toHaveLength(6);
  });

  it('does not repeat the value of a secret', () => {
    expect(complaint({ ...good, APP_API_TOKEN: 'hunter2' })).not.toContain('hunter2');
  });
});
