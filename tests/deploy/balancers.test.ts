import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { onPath, run, text } from './files.ts';

const cluster = text('docs/operator/cluster.md');
const folder = mkdtempSync(path.join(tmpdir(), 'volvox-balancers-'));
after(() => rmSync(folder, { recursive: true }));

/** The example of the page in that language. */
function example(language: string): string {
  const [, source = ''] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(cluster) ?? [];
  assert.notEqual(source, '', language);
  return source;
}

function written(name: string, source: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, source);
  return file;
}

describe('the balancers of the page', () => {
  test('ask for readiness every second and never end what a draining node still does', () => {
    const haproxy = example('haproxy').replace(/#.*/g, '');
    assert.match(haproxy, /uri \/readyz/);
    assert.match(haproxy, /inter 1s fall 1/);
    assert.doesNotMatch(haproxy, /shutdown-sessions/);
    assert.match(text('deploy/caddy/Caddyfile'), /health_uri \/readyz\s+health_interval 1s/);
  });

  test('know no stickiness', () => {
    for (const source of [example('haproxy'), example('nginx'), text('deploy/caddy/Caddyfile')])
      assert.doesNotMatch(source, /cookie|stick-table|ip_hash|balance source|sticky/);
  });

  test('let idle connections go before a node does', () => {
    const seconds = (source: string, expression: RegExp): number => Number(expression.exec(source)?.[1]);
    assert.ok(seconds(text('deploy/caddy/Caddyfile'), /keepalive (\d+)s/) < 65);
    assert.ok(seconds(example('nginx'), /keepalive_timeout (\d+)s/) < 65);
    assert.ok(seconds(example('haproxy'), /pool-purge-delay (\d+)s/) < 65);
  });

  if (onPath('haproxy'))
    test('are ones that HAProxy takes', () => {
      // Its certificate is not on this machine.
      const file = written('haproxy.cfg', example('haproxy').replace(/ ssl crt .*/, ''));
      const { status, output } = run('haproxy', '-c', '-f', file);
      assert.equal(status, 0, output);
      assert.doesNotMatch(output, /WARNING/);
    });

  if (onPath('nginx'))
    test('are ones that nginx takes', () => {
      const site = example('nginx')
        .replace('listen 443 ssl;', 'listen 8443;')
        .replace(/^\s*ssl_certificate.*$/gm, '');
      const file = written(
        'nginx.conf',
        `pid ${folder}/pid; error_log stderr; events {} http {\n${site}\n}\n`,
      );
      const { status, output } = run('nginx', '-t', '-c', file);
      assert.equal(status, 0, output);
    });
});
