import express, { type Express } from 'express';
import type { KeptMail, KeptMails } from './kept-mails.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head><body>${body}</body></html>`;
}

function listPage(mails: readonly KeptMail[]): string {
  const rows = mails.map(
    ({ id, receivedAt, to, subject }) =>
      `<tr><td>${receivedAt}</td><td>${escapeHtml(to.join(', '))}</td><td><a href="/mails/${id}">${escapeHtml(subject)}</a></td></tr>`,
  );
  return page('Mails', `<h1>Mails</h1><table><tr><th>at</th><th>to</th><th>subject</th></tr>${rows.join('\n')}</table>`);
}

function mailPage({ from, to, subject, receivedAt, html }: KeptMail): string {
  const heading = `<h1>${escapeHtml(subject)}</h1><p>${escapeHtml(from)} to ${escapeHtml(to.join(', '))}, ${receivedAt}</p>`;
  // In a frame that runs nothing and can't reach the page; links open beside it.
  const frame = `<iframe sandbox="allow-popups" width="100%" height="600" srcdoc="${escapeHtml(`<base target="_blank">${html}`)}"></iframe>`;
  return page(subject, `<p><a href="/">all mails</a></p>${heading}${frame}`);
}

/** Pages for people to read the mails, and the same as JSON for tests. */
export function createPages(mails: KeptMails): Express {
  const app = express();
  app.get('/', (_request, response) => {
    response.send(listPage(mails.list()));
  });
  app.get('/mails/:id', (request, response) => {
    const mail = mails.find(request.params.id);
    if (mail) response.send(mailPage(mail));
    else response.status(404).send(page('Not found', '<p>There is no such mail.</p>'));
  });
  app.get('/api/mails', (request, response) => {
    const { to } = request.query;
    response.json(mails.list(typeof to === 'string' ? to : undefined));
  });
  return app;
}
