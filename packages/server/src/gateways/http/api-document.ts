import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestScope } from './request-scope.ts';

/** `/api/openapi.json` and a page to try it. Nothing of either is loaded before somebody asks. */
export function addApiDocument(
  app: FastifyInstance,
  version: string,
  mark: (request: FastifyRequest, route: string) => RequestScope,
): void {
  let document: Promise<string> | null = null;
  app.get('/api/openapi.json', async (request, reply) => {
    mark(request, 'openapi');
    document ??= import('./openapi.ts').then(({ openApiDocument }) =>
      JSON.stringify(openApiDocument(version)),
    );
    return reply
      .header('cache-control', 'no-cache')
      .type('application/json; charset=utf-8')
      .send(await document);
  });
  app.get('/api/docs', (request, reply) => sendAsset(mark(request, 'docs'), reply, 'index.html'));
  app.get<{ Params: { file: string } }>('/api/docs/:file', (request, reply) =>
    sendAsset(mark(request, 'docs'), reply, request.params.file),
  );
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Volvox API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</html>
`;

/** Signed in here, changes need the session's CSRF token. */
const start = `let token = null;
const session = fetch('/api/v1/session').then((r) => (r.ok ? r.json() : null)).then((me) => { token = me && me.csrfToken; }).catch(() => {});
SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#swagger-ui',
  requestInterceptor: async (request) => {
    await session;
    if (token) request.headers['X-CSRF-Token'] = token;
    return request;
  },
});
`;

const assets = new Map<string, { readonly type: string; load(): Promise<string | Buffer> }>([
  ['index.html', { type: 'text/html; charset=utf-8', load: async () => page }],
  ['start.js', { type: 'text/javascript; charset=utf-8', load: async () => start }],
  ['swagger-ui.css', { type: 'text/css; charset=utf-8', load: () => vendorFile('swagger-ui.css') }],
  [
    'swagger-ui-bundle.js',
    { type: 'text/javascript; charset=utf-8', load: () => vendorFile('swagger-ui-bundle.js') },
  ],
]);

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

async function sendAsset(_scope: RequestScope, reply: FastifyReply, name: string): Promise<unknown> {
  const asset = assets.get(name);
  if (asset === undefined) return reply.callNotFound();
  return reply
    .header('content-security-policy', policy)
    .header('cache-control', 'no-cache')
    .type(asset.type)
    .send(await asset.load());
}

function vendorFile(name: string): Promise<Buffer> {
  const main = createRequire(import.meta.url).resolve('@fastify/swagger-ui');
  return readFile(join(dirname(main), 'static', name));
}
