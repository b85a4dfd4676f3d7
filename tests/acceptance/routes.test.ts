/** Says which part of the wire contract no test from outside calls. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorCodes, routes, type Route } from '@volvox/api';
import { startServer } from './harness.ts';

/** Tests that speak to a whole node: black box, in the browser, and those of the gateways. */
const folders = ['./', '../browser/', '../../packages/server/src/gateways/'];
const text = folders
  .map((name) => new URL(name, import.meta.url))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('routes.test.ts'))
      .filter((name) => !folder.pathname.endsWith('/gateways/') || name.endsWith('.test.ts'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8')),
  )
  .join('\n');

const literally = (path: string): string => path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** By its id through the client, or by method and path. */
function isCalled({ id, method, path }: Route): boolean {
  if (id === 'events') return text.includes('.events(');
  if (new RegExp(`\\.call\\(\\s*'${id}'`).test(text)) return true;
  const target = literally(path).replace(/:[a-zA-Z]+/g, '(?:\\$\\{[^}]*\\}|[^/`\'"?]+)');
  return new RegExp(`['"]${method}['"],\\s*[\`'"](?:/api/v1)?${target}[\`'"?]`).test(text);
}

test('every route is called by some test from outside', () => {
  const all: readonly Route[] = Object.values(routes);
  assert.deepEqual(
    all.filter((route) => !isCalled(route)).map(({ id }) => id),
    [],
  );
});

test('the OpenAPI document has every route and every error code, and nothing else below /api/v1', async () => {
  const server = await startServer();
  const document = (await (await server.fetch('GET', '/api/openapi.json')).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const inDocument = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .map((operation) => operation.operationId)
    .filter((id) => id !== undefined);
  for (const id of Object.keys(routes)) assert.ok(inDocument.includes(id), id);
  assert.equal(new Set(inDocument).size, inDocument.length);
  const codes = JSON.stringify(document);
  for (const code of Object.keys(errorCodes)) assert.ok(codes.includes(`"${code}"`), code);
});
