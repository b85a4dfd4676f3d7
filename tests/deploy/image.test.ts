import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { at, list, root, text } from './files.ts';

const dockerfile = text('deploy/Dockerfile').replaceAll('\\\n', ' ');
const instructions = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line));
const of = (name: string): readonly string[] =>
  instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

/** What `COPY` takes from the repository, without where it goes. */
const copied = of('COPY')
  .filter((line) => !line.startsWith('--from='))
  .flatMap((line) => line.trim().split(/\s+/).slice(0, -1));

describe('the image', () => {
  test('copies only what there is', () => {
    for (const source of copied) assert.ok(existsSync(path.join(root, source)), source);
  });

  test('copies nothing that is kept out of its context', () => {
    const let_in = text('deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const source of copied)
      assert.ok(
        let_in.some((entry) => source === entry || source.startsWith(`${entry}/`)),
        source,
      );
  });

  test('installs the dependencies of every package that runs on a server', () => {
    const lock: unknown = JSON.parse(text('package-lock.json'));
    for (const [, name = ''] of dockerfile.matchAll(/--workspace=packages\/(\w+)/g))
      assert.ok(at(lock, 'packages', `packages/${name}`), name);
    const server: unknown = JSON.parse(text('packages/cli/package.json'));
    const needed = Object.keys(Object(at(server, 'dependencies'))).filter((name) =>
      name.startsWith('@volvox/'),
    );
    for (const name of needed) assert.ok(dockerfile.includes(`--workspace=packages/${name.slice(8)}`), name);
  });

  test('holds what the command line starts with', () => {
    const bin = text('bin/volvox.js');
    const started = [...bin.matchAll(/'\.\.\/((?:packages|tools)\/[^']+)'/g)].map(([, file = '']) => file);
    assert.equal(started.length, 2);
    for (const file of started)
      assert.ok(
        lastStage.split('\n').some((line) => {
          const [, ...parts] = line.trim().split(/\s+/);
          const target = parts.at(-1) ?? '';
          return (
            line.startsWith('COPY') &&
            (file.startsWith(`${target}/`) || file.startsWith(target.replace(/\/?$/, '/')))
          );
        }),
        file,
      );
  });

  test('runs the Node that Volvox is tested with', () => {
    const [, pinned = ''] = /const pinned = '([\d.]+)'/.exec(text('tools/node.mjs')) ?? [];
    assert.match(pinned, /^\d+\.\d+\.\d+$/);
    assert.deepEqual(
      of('ARG').map((line) => line.split('-')[0]),
      [`NODE=${pinned}`],
    );
    for (const stage of of('FROM')) assert.match(stage, /^node:\$\{NODE\}/);
  });

  test('runs as nobody special, says how it is, and drains when it is stopped', () => {
    assert.deepEqual(of('USER'), ['1000:1000']);
    assert.deepEqual(of('STOPSIGNAL'), ['SIGTERM']);
    assert.match(of('HEALTHCHECK').join(), /\/healthz/);
    // An argument list: a shell between would not pass signals on.
    assert.deepEqual(list(JSON.parse(of('ENTRYPOINT').join())), ['node', '/volvox/bin/volvox.js']);
    assert.deepEqual(list(JSON.parse(of('CMD').join())), ['start']);
  });
});
