import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { assertAllExternal, assertKnown, bootstrapOf } from './environment.ts';
import { at, list, object, onPath, root, run, text, variablesIn, yaml } from './files.ts';

const compose = yaml('deploy/compose.yaml');
const services = Object.entries(object(at(compose, 'services'))).map(
  ([name, service]) => [name, object(service, name)] as const,
);
const nodes = services.filter(([name]) => /^volvox-\d$/.test(name));
const example = variablesIn('deploy/.env.example');

/** Ends by itself: it sets something up. */
const isOneShot = (name: string): boolean => name.endsWith('-init');

function interpolated(value: string): string {
  return value.replace(/\$\{(\w+)(?::\?[^}]*)?\}/g, (_all, name: string) => {
    const found = example[name];
    assert.ok(found !== undefined, `${name} is not in .env.example`);
    return found;
  });
}

function environmentOf(service: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object(at(service, 'environment'))).map(([name, value]) => [
      name,
      interpolated(String(value)),
    ]),
  );
}

describe('the compose file', () => {
  test('runs three nodes that a node would start with', () => {
    assert.equal(nodes.length, 3);
    for (const [, node] of nodes) {
      const environment = environmentOf(node);
      assertKnown(Object.keys(environment));
      const bootstrap = bootstrapOf(environment);
      assertAllExternal(bootstrap);
      assert.notEqual(bootstrap.url, null);
      assert.notEqual(bootstrap.admin, null);
    }
  });

  test('takes every variable from the example, which holds no more than that', () => {
    const used = new Set(
      [...text('deploy/compose.yaml').matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name),
    );
    assert.deepEqual(Object.keys(example).sort(), [...used, 'COMPOSE_PROFILES'].sort());
  });

  test('hands no secret to a server as an argument, where lists of processes would show it', () => {
    for (const [name, service] of services) {
      const words = [...list(service['entrypoint'] ?? []), ...list(service['command'] ?? [])].join(' ');
      const started = words.slice(words.lastIndexOf('exec ') + 1);
      assert.doesNotMatch(started, /\$\$?\{?\w*(?:PASSWORD|SECRET|KEY|TOKEN)/, name);
    }
  });

  test('asks only for services, volumes, networks and files that there are', () => {
    const volumes = new Set(Object.keys(object(at(compose, 'volumes'))));
    const networks = new Set(Object.keys(object(at(compose, 'networks'))));
    const names = new Set(services.map(([name]) => name));
    const usedVolumes = new Set<string>();
    for (const [name, service] of services) {
      for (const other of Object.keys(object(service['depends_on'] ?? {})))
        assert.ok(names.has(other), `${name} depends on ${other}`);
      for (const network of list(service['networks'] ?? []))
        assert.ok(networks.has(String(network)), `${name}: network ${String(network)}`);
      for (const mount of list(service['volumes'] ?? [])) {
        const [source = ''] = String(mount).split(':');
        if (source.startsWith('./')) assert.ok(existsSync(path.join(root, 'deploy', source)), source);
        else {
          assert.ok(volumes.has(source), `${name}: volume ${source}`);
          usedVolumes.add(source);
        }
      }
    }
    assert.deepEqual([...volumes].sort(), [...usedVolumes].sort());
  });

  test('waits only for states that come: healthy needs a check, completed an end', () => {
    const byName = new Map(services);
    for (const [name, service] of services)
      for (const [other, how] of Object.entries(object(service['depends_on'] ?? {}))) {
        const condition = at(how, 'condition');
        if (condition === 'service_healthy')
          assert.ok(byName.get(other)?.['healthcheck'], `${name} waits for ${other}`);
        if (condition === 'service_completed_successfully') assert.ok(isOneShot(other), `${name}: ${other}`);
        const optional = at(byName.get(other), 'profiles') !== undefined;
        assert.equal(at(how, 'required') === false, optional, `${name}: ${other} is in a profile`);
      }
  });

  test('pins every image, restarts what runs, and bounds its logs', () => {
    for (const [name, service] of services) {
      const image = interpolated(String(service['image']));
      assert.match(image, /:v?\d+\.\d+/, `${name}: ${image}`);
      if (!isOneShot(name)) assert.equal(service['restart'], 'unless-stopped', name);
      assert.ok(at(service, 'logging', 'options', 'max-size'), name);
    }
  });

  test('lets nodes write nothing that is kept, gives them no rights, and time to drain', () => {
    for (const [name, node] of nodes) {
      assert.equal(node['read_only'], true, name);
      assert.deepEqual(node['cap_drop'], ['ALL'], name);
      assert.equal(node['volumes'], undefined, name);
      assert.equal(node['stop_grace_period'], '60s', name);
      const [mount] = list(node['tmpfs']).filter((t) => String(t).startsWith('/data:'));
      assert.match(String(mount), /uid=1000/, name);
    }
  });

  test('keeps stores inside: only the balancer and what looks on have ports, the latter on this machine', () => {
    assert.equal(at(compose, 'networks', 'stores', 'internal'), true);
    for (const [name, service] of services)
      for (const port of list(service['ports'] ?? []))
        if (name !== 'caddy') assert.match(String(port), /^127\.0\.0\.1:/, name);
  });

  test('believes the addresses of the balancer, and no others', () => {
    const subnet = at(compose, 'networks', 'edge', 'ipam', 'config', 0, 'subnet');
    for (const [, node] of nodes) assert.equal(at(node, 'environment', 'VOLVOX_TRUST_PROXY'), subnet);
  });

  test('is balanced over all of its nodes', () => {
    const caddy = text('deploy/caddy/Caddyfile');
    for (const [name] of nodes) assert.match(caddy, new RegExp(`\\b${name}:8080\\b`));
    const targets = list(
      at(yaml('deploy/prometheus/prometheus.yaml'), 'scrape_configs', 0, 'static_configs', 0, 'targets'),
    );
    assert.deepEqual(
      targets,
      nodes.map(([name]) => `${name}:8080`),
    );
  });

  if (onPath('caddy'))
    test('has a Caddyfile that Caddy takes', () => {
      const { status, output } = run(
        'caddy',
        'validate',
        '--adapter',
        'caddyfile',
        '--config',
        'deploy/caddy/Caddyfile',
      );
      assert.equal(status, 0, output);
    });
});

describe('the generated environment', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'volvox-env-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const file of ['generate-env.sh', '.env.example'])
    copyFileSync(path.join(root, 'deploy', file), path.join(folder, file));
  const generate = (...args: readonly string[]) =>
    spawnSync('sh', [path.join(folder, 'generate-env.sh'), ...args]).status;
  const made = path.join(folder, '.env');

  for (const [sql, scheme] of [
    ['postgres', 'postgres'],
    ['mariadb', 'mysql'],
  ] as const)
    test(`has a secret of its own everywhere, for ${sql}`, () => {
      rmSync(made, { force: true });
      assert.equal(generate(sql, 'https://files.example.org'), 0);
      assert.equal(statSync(made).mode & 0o777, 0o600);
      const lines = readFileSync(made, 'utf8').split('\n');
      const values = new Map(
        lines.filter((l) => /^[A-Z]/.test(l)).map((l) => [l.split('=')[0], l.slice(l.indexOf('=') + 1)]),
      );
      assert.equal([...values.values()].filter((v) => v.includes('replace-me')).length, 0);
      const secrets = [...values]
        .filter(([name]) => /PASSWORD|KEY|SECRET/.test(name ?? ''))
        .map(([, value]) => value);
      assert.equal(new Set(secrets).size, secrets.length);
      for (const secret of secrets) assert.match(secret, /^[a-z][a-z0-9]{40,}$/);
      assert.equal(
        values.get('SQL_URL'),
        `${scheme}://volvox:${values.get('SQL_PASSWORD')}@${sql}:${sql === 'mariadb' ? 3306 : 5432}/volvox`,
      );
      assert.equal(values.get('COMPOSE_PROFILES'), sql);
      assert.equal(values.get('PUBLIC_URL'), 'https://files.example.org');
    });

  test('is never made anew over secrets that volumes belong to', () => {
    const before = readFileSync(made, 'utf8');
    assert.equal(generate('postgres'), 1);
    assert.equal(readFileSync(made, 'utf8'), before);
  });

  test('is refused for a server or an address that does not exist', () => {
    rmSync(made);
    assert.equal(generate('oracle'), 2);
    assert.equal(generate('postgres', 'files.example.org'), 2);
    assert.equal(generate('postgres', 'https://files.example.org/sub'), 2);
    assert.equal(existsSync(made), false);
  });

  test('is kept out of the repository', () => {
    assert.match(text('deploy/.gitignore'), /^\.env$/m);
  });
});
