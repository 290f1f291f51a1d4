import type { Express } from 'express';

export interface ServedApp {
  port: number;
  close: () => Promise<void>;
}

/** Serves an app on a free port of loopback. */
export async function serveApp(app: Express): Promise<ServedApp> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
