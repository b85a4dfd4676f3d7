/** Files of the repository that operators take, and the tools of other projects that can judge them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

export type Json = Readonly<Record<string, unknown>>;

export function text(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

export function yaml(file: string): unknown {
  return parse(text(file), { merge: true, maxAliasCount: -1 });
}

export function yamlDocuments(source: string): readonly unknown[] {
  return parseAllDocuments(source, { merge: true }).map((document): unknown => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS({ maxAliasCount: -1 });
  });
}

/** @throws where it is none */
export function object(value: unknown, what = 'value'): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${what} is no object`);
  return value as Json;
}

export function list(value: unknown, what = 'value'): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${what} is no list`);
  return value;
}

/** What is found by the names, one inside the other; undefined where one of them is missing. */
export function at(value: unknown, ...names: readonly (string | number)[]): unknown {
  return names.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[name]
        : undefined,
    value,
  );
}

/** `NAME=value` lines, as systemd and Compose read them. */
export function variablesIn(file: string): Readonly<Record<string, string>> {
  const lines = text(file)
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** Tools that no registry in reach has: where one is missing, what it would judge is no test at all, rather than a skipped one. */
export function onPath(command: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .some((folder) => existsSync(path.join(folder, command)));
}

export function run(command: string, ...args: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return { status, stdout, output: `${stdout}${stderr}${error?.message ?? ''}` };
}
