import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { queries } from './contract.schema.ts';
import type { SqlStore } from './contract.ts';

/** Kills a process in the midst of its commits; every row that it reported as acknowledged must be there, and the next writer goes on. */
export async function killWhileCommitting(url: string, sql: SqlStore): Promise<void> {
  const script = fileURLToPath(new URL(`./contract.child${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(
    process.execPath,
    [...process.execArgv.filter((a) => a.startsWith('--conditions')), script, url],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === 500) child.kill('SIGKILL');
  }
  await ended;
  assert.equal(child.signalCode, 'SIGKILL');
  const there = new Set((await sql.reader.all(queries.all, {})).map((row) => row.name));
  assert.deepEqual(
    acknowledged.filter((name) => !there.has(name)),
    [],
  );
  assert.deepEqual(await sql.verify(), []);
  await sql.transaction((tx) => tx.run(queries.clear, {}));
}
