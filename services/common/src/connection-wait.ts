import { EventEmitter } from 'node:events';

interface PooledConnection {
  release: () => void;
}

type Taken = (error: Error | null, connection?: PooledConnection) => void;

/** The driver's pool, as far as it matters here. */
export interface ConnectionPool extends EventEmitter {
  getConnection: (taken: Taken) => void;
}

/** All connections of the pool are in use, and none came free in time. */
class NoFreeConnection extends Error {
  override readonly name = 'NoFreeConnection';
  readonly code = 'NO_FREE_CONNECTION';
}

export function isConnectionPool(pool: unknown): pool is ConnectionPool {
  return pool instanceof EventEmitter && 'getConnection' in pool && typeof pool.getConnection === 'function';
}

/** Bounds the wait for a connection; the driver has no such bound. */
export function boundConnectionWait(pool: ConnectionPool, longestWaitMs: number): void {
  const take = pool.getConnection.bind(pool);
  pool.getConnection = (taken) => {
    let waits = true;
    const timer = setTimeout(() => {
      waits = false;
      taken(new NoFreeConnection(`no connection to the database came free in ${longestWaitMs} ms`));
    }, longestWaitMs);
    take((error, connection) => {
      clearTimeout(timer);
      if (waits) taken(error, connection);
      else connection?.release();
    });
  };
}
