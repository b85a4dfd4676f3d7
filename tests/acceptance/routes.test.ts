/** Says which part of the wire contract no acceptance test calls. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorCodes, routes } from '@volvox/api';
import { startServer } from './harness.ts';

const folder = new URL('.', import.meta.url);
const text = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && name !== 'routes.test.ts')
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n');

test('every route is called by some acceptance test', () => {
  const missing = Object.keys(routes).filter(
    (id) =>
      !new RegExp(`\\.call\\(\\s*'${id}'`).test(text) && !(id === 'events' && text.includes('.events(')),
  );
  assert.deepEqual(missing, []);
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
