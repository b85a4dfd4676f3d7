import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertAllExternal, assertKnown, bootstrapOf } from './environment.ts';
import { onPath, run, text, variablesIn } from './files.ts';

const unit = text('deploy/systemd/volvox.service');
const directives = new Map(
  unit
    .split('\n')
    .filter((line) => /^[A-Z]\w+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);

describe('the unit', () => {
  test('has an example of its environment that a node of a cluster would start with', () => {
    const environment = variablesIn('deploy/systemd/volvox.env.example');
    assertKnown(Object.keys(environment));
    // The files of the example are on no other machine; whether they can be read is asked when a store is opened.
    assertAllExternal(bootstrapOf(environment));
  });

  test('gives a node longer to stop than draining and closing take', () => {
    assert.ok(Number.parseInt(directives.get('TimeoutStopSec') ?? '', 10) >= 60);
    assert.equal(directives.get('KillSignal'), 'SIGTERM');
  });

  test('starts a node again unless its settings are wrong', () => {
    assert.equal(directives.get('Restart'), 'on-failure');
    assert.equal(directives.get('RestartPreventExitStatus'), '2');
  });

  test('takes what a node does not need, and leaves V8 what it does', () => {
    for (const name of [
      'NoNewPrivileges',
      'PrivateTmp',
      'PrivateDevices',
      'RestrictNamespaces',
      'LockPersonality',
    ])
      assert.equal(directives.get(name), 'true', name);
    assert.equal(directives.get('ProtectSystem'), 'strict');
    assert.equal(directives.get('CapabilityBoundingSet'), '');
    assert.equal(directives.has('MemoryDenyWriteExecute'), false);
  });

  if (onPath('systemd-analyze'))
    test('is one that systemd takes', () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'volvox-unit-'));
      try {
        // The program need not be installed where it is checked.
        const file = path.join(folder, 'volvox.service');
        writeFileSync(file, unit.replace(/^ExecStart=.*/m, 'ExecStart=/bin/true'));
        const { status, output } = run('systemd-analyze', 'verify', file);
        assert.equal(status, 0, output);
        assert.doesNotMatch(output, /Unknown|ignoring/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
});
