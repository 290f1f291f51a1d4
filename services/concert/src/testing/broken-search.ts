import { createServer } from 'node:http';
import { sharesNothing } from '@ticketing/common/shared-cache';
import type { Context } from '../context.ts';
import { indexAlias } from '../search/index-definition.ts';
import { createSearchClient } from '../search/search-client.ts';
import { openSearchIndex, type SearchIndex } from '../search/search-index.ts';
import { createSearchPages } from '../search/search-pages.ts';

export interface BrokenSearch {
  /** The context, but for an index that is known to be complete and fails whatever it is asked. */
  ctx: Context;
  close: () => Promise<void>;
}

/** A sidecar that answers as the real one does while its circuit breaker for Elasticsearch is open. */
export async function breakSearch(ctx: Context): Promise<BrokenSearch> {
  const server = createServer((request, response) => {
    const isLook = request.url?.includes('/_alias') ?? false;
    response.writeHead(isLook ? 200 : 500, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
    const looked = { [`${indexAlias}-test`]: { aliases: { [indexAlias]: {} } } };
    const refused = { errorCode: 'ERR_DIRECT_INVOKE', message: 'circuit breaker is open' };
    response.end(JSON.stringify(isLook ? looked : refused));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  const client = createSearchClient({ httpPort: address.port, apiToken: ctx.config.DAPR_API_TOKEN });
  const index: SearchIndex = openSearchIndex(client, ctx.log);
  if (!(await index.look()).live) throw new Error('the index does not look complete');
  const close = async (): Promise<void> => {
    index.stop();
    await client.close();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  const broken = { ...ctx, index, shared: sharesNothing };
  return { ctx: { ...broken, pages: createSearchPages(broken) }, close };
}
