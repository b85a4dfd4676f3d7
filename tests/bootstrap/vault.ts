/** Reads and writes the records of a cluster in its vault, past the driver. */
import assert from 'node:assert/strict';
import type { Environment } from '../harness/stores.ts';

/** @returns what was there before */
export async function record(environment: Environment, path: string, value: string): Promise<string | null> {
  const before = await read(environment, path);
  const answer = await call(environment, 'POST', 'data', path, { data: { value } });
  assert.ok(answer.ok, `${answer.status} of the vault`);
  return before;
}

/** @returns what was there */
export async function forget(environment: Environment, path: string): Promise<string | null> {
  const before = await read(environment, path);
  const answer = await call(environment, 'DELETE', 'metadata', path);
  assert.ok(answer.ok, `${answer.status} of the vault`);
  return before;
}

async function read(environment: Environment, path: string): Promise<string | null> {
  const answer = await call(environment, 'GET', 'data', path);
  if (!answer.ok) return null;
  const { data } = (await answer.json()) as { data: { data: { value: string } } };
  return data.data.value;
}

/** Names directly below `path`. */
export async function recordsBelow(environment: Environment, path: string): Promise<readonly string[]> {
  const answer = await call(environment, 'GET', 'metadata', `${path}?list=true`);
  if (answer.status === 404) return [];
  assert.ok(answer.ok, `${answer.status} of the vault`);
  const { data } = (await answer.json()) as { data: { keys: string[] } };
  return data.keys;
}

/** `vault://host:port/mount/prefix?tls=false` */
function call(
  { VOLVOX_VAULT = '', VAULT_TOKEN = '' }: Environment,
  method: string,
  part: 'data' | 'metadata',
  path: string,
  body?: object,
): Promise<Response> {
  const { host, pathname } = new URL(VOLVOX_VAULT.replace(/^vault:/, 'http:'));
  const [, mount = '', ...prefix] = pathname.split('/');
  return fetch(`http://${host}/v1/${mount}/${part}/${[...prefix, path].join('/')}`, {
    method,
    headers: { 'x-vault-token': VAULT_TOKEN },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
