import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import { listProblems } from '../http/problems.ts';
import type { Route } from '../http/route.ts';
import { createApiDocument } from './document.ts';

const require = createRequire(import.meta.url);
const swaggerFiles = dirname(require.resolve('swagger-ui-dist/package.json'));

const apiPage = page(
  'Concert ticketing API',
  '<link rel="stylesheet" href="/docs/files/swagger-ui.css">',
  '<div id="api"></div><script src="/docs/files/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>',
);

const startScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, persistAuthorization: true });\n`;

/** Serves the API page at /docs, its document at /openapi.json and the list of problems at /docs/problems. */
export function serveDocs(routes: Route[]): Router {
  const document = JSON.stringify(createApiDocument(routes));
  const router = Router({ caseSensitive: true });
  router.get('/', (_request, response) => {
    response.locals.route = '/';
    response.redirect('/docs');
  });
  router.get('/docs', answer('/docs', 'html', apiPage));
  router.get('/docs/start.js', answer('/docs/start.js', 'js', startScript));
  router.get('/docs/problems', answer('/docs/problems', 'html', problemsPage()));
  router.get('/openapi.json', answer('/openapi.json', 'json', document));
  router.use('/docs/files', express.static(swaggerFiles, { index: false, maxAge: '1d' }));
  return router;
}

function answer(route: string, type: string, text: string): RequestHandler {
  return (_request, response) => {
    response.locals.route = route;
    response.type(type).set('cache-control', 'no-cache').send(text);
  };
}

function problemsPage(): string {
  const entries = listProblems().map(
    ({ code, status, title }) => `<dt id="${code}"><code>${code}</code> <small>${status}</small></dt><dd>${title}</dd>`,
  );
  return page('Problems', '<style>dt:target { background: #fe9 }</style>', `<h1>Problems</h1><dl>${entries.join('\n')}</dl>`);
}

function page(title: string, head: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${body}</body></html>\n`;
}
