import express from 'express';

// What the machine does for a request that costs nothing: every benchmark measures it in the same run.
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/noop', (_request, response) => {
  response.json({ status: 'ok' });
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
