import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { Check } from 'typebox/schema';
import { stringify } from 'yaml';
import { assertAllExternal, assertKnown, bootstrapOf, storeVariables } from './environment.ts';
import { at, list, object, onPath, root, run, text, yaml, yamlDocuments, type Json } from './files.ts';

const chart = 'deploy/helm/volvox';
const values = object(yaml(`${chart}/values.yaml`));
const schema = object(JSON.parse(text(`${chart}/values.schema.json`)));
const templates = readdirSync(path.join(root, chart, 'templates'));
const source = templates.map((name) => text(`${chart}/templates/${name}`)).join('\n');

/** The values with one of them, by its path, replaced. */
function changed(where: readonly string[], value: unknown, from: Json = values): Json {
  const [name = '', ...rest] = where;
  return { ...from, [name]: rest.length === 0 ? value : changed(rest, value, object(from[name])) };
}

describe('the values of the chart', () => {
  test('fit their schema', () => assert.equal(Check(schema, values), true));

  for (const [where, value] of [
    [['replicas'], 0],
    [['replica'], 3],
    [['stores', 'sql', 'urls'], 'postgres://x'],
    [['stores', 'sql', 'url'], 'localhost'],
    [['stores', 'sql'], { url: 'postgres://x', existingSecret: 'x', key: 'url' }],
    [['publicUrl'], 'https://example.org/files'],
    [['log', 'level'], 'verbose'],
    [['vaultCredentials', 'method'], 'userpass'],
    [['terminationGracePeriodSeconds'], 10],
    [['evaluation', 'images', 'oracle'], 'oracle:1'],
  ] as const)
    test(`are refused with ${where.join('.')} = ${JSON.stringify(value)}`, () =>
      assert.equal(Check(schema, changed(where, value)), false));

  test('are all that templates ask for', () => {
    const used = new Set(
      [...source.matchAll(/(?:\$|\$root)?\.Values\.([A-Za-z0-9.]+)/g)].map(([, name = '']) => name),
    );
    assert.ok(used.size > 30);
    for (const name of used) assert.notEqual(at(values, ...name.split('.')), undefined, name);
  });
});

describe('the chart', () => {
  test('is of the version that it runs', () => {
    const { version } = object(JSON.parse(text('package.json')));
    assert.equal(at(yaml(`${chart}/Chart.yaml`), 'appVersion'), version);
  });

  test('gives nodes only variables that they know', () => {
    const written = [...source.matchAll(/- name: ((?:VOLVOX|VAULT|AWS)_[A-Z_]+)$/gm)].map(
      ([, name = '']) => name,
    );
    assert.ok(written.length >= 10);
    assertKnown([
      ...written,
      ...Object.keys(object(values['stores'])).map((kind) => `VOLVOX_${kind.toUpperCase()}`),
    ]);
  });

  test('has the files that its templates take in', () => {
    for (const [, file = ''] of source.matchAll(/\.Files\.Get "([^"]+)"/g))
      assert.ok(existsSync(path.join(root, chart, file)), file);
  });

  if (onPath('helm')) describe('as helm renders it', rendered);
});

const external: Json = {
  publicUrl: 'https://files.example.org',
  stores: {
    config: { url: 'etcd://etcd-1:2379,etcd-2:2379/volvox/config' },
    vault: { url: 'vault://vault:8200/secret/volvox' },
    sql: { existingSecret: 'volvox-sql' },
  },
  vaultCredentials: { existingSecret: 'volvox-vault' },
  s3Credentials: { existingSecret: 'volvox-s3' },
  admin: { existingSecret: 'volvox-admin' },
  ingress: { enabled: true, tlsSecret: 'files-tls' },
  autoscaling: { enabled: true },
  networkPolicy: { enabled: true },
  monitoring: {
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
};

function rendered(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'volvox-chart-'));
  after(() => rmSync(folder, { recursive: true }));
  const render = (chosen: Json) => {
    const file = path.join(folder, 'values.yaml');
    writeFileSync(file, stringify(chosen));
    // The release is named as badly as it can be: Kubernetes would add VOLVOX_* variables for a service of that name.
    const { status, stdout, output } = run(
      'helm',
      'template',
      'volvox',
      chart,
      '--kube-version',
      '1.30.0',
      '-f',
      file,
    );
    return {
      status,
      output,
      objects: status === 0 ? yamlDocuments(stdout).filter((found) => found !== null) : [],
    };
  };
  const one = (objects: readonly unknown[], kind: string): unknown => {
    const found = objects.filter((o) => at(o, 'kind') === kind);
    assert.equal(found.length, 1, kind);
    return found[0];
  };
  const podOf = (objects: readonly unknown[]) => at(one(objects, 'Deployment'), 'spec', 'template', 'spec');

  test('takes external stores from values and secrets, and brings no server', () => {
    const { objects, output } = render(external);
    assert.notEqual(objects.length, 0, output);
    for (const kind of [
      'Ingress',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'NetworkPolicy',
      'ServiceMonitor',
    ])
      one(objects, kind);
    assert.equal(objects.filter((o) => at(o, 'kind') === 'StatefulSet').length, 0);
    const env = list(at(podOf(objects), 'containers', 0, 'env'));
    const sql = env.find((e) => at(e, 'name') === 'VOLVOX_SQL');
    assert.deepEqual(at(sql, 'valueFrom', 'secretKeyRef'), { name: 'volvox-sql', key: 'url' });
    assert.equal(at(one(objects, 'Deployment'), 'spec', 'replicas'), undefined); // the autoscaler's
    assert.ok(list(at(one(objects, 'PrometheusRule'), 'spec', 'groups')).length > 0);
  });

  test('brings an evaluation that a node would start with', () => {
    const { objects, output } = render({ evaluation: { enabled: true } });
    assert.notEqual(objects.length, 0, output);
    const secret = object(at(one(objects, 'Secret'), 'stringData'));
    const environment: Record<string, string> = {};
    for (const variable of list(at(podOf(objects), 'containers', 0, 'env'))) {
      const key = at(variable, 'valueFrom', 'secretKeyRef', 'key');
      const value = key === undefined ? at(variable, 'value') : secret[String(key)];
      if (value !== undefined) environment[String(at(variable, 'name'))] = String(value);
    }
    const bootstrap = bootstrapOf(environment);
    assertAllExternal(bootstrap);
    assert.ok(storeVariables.every((name) => environment[name]));
    const served = objects.filter((o) => at(o, 'kind') === 'Service').map((o) => at(o, 'metadata', 'name'));
    for (const { hosts } of Object.values(bootstrap.stores))
      for (const { host } of hosts) if (host !== 'volvox') assert.ok(served.includes(host), host);
  });

  test('leaves an evaluation’s server out where a store is given', () => {
    const names = (chosen: Json) =>
      render(chosen)
        .objects.filter((o) => at(o, 'kind') === 'StatefulSet')
        .map((o) => at(o, 'metadata', 'name'));
    const all = names({ evaluation: { enabled: true } });
    assert.equal(all.length, 7);
    const rest = names({ evaluation: { enabled: true }, stores: { sql: { existingSecret: 'mine' } } });
    assert.deepEqual(
      all.filter((name) => !rest.includes(name)),
      ['volvox-postgres'],
    );
  });

  test('replaces nodes without having fewer, and gives them time to drain and to migrate', () => {
    const { objects } = render(external);
    assert.deepEqual(at(one(objects, 'Deployment'), 'spec', 'strategy', 'rollingUpdate'), {
      maxUnavailable: 0,
      maxSurge: 1,
    });
    const pod = podOf(objects);
    assert.ok(Number(at(pod, 'terminationGracePeriodSeconds')) >= 75);
    const node = at(pod, 'containers', 0);
    assert.equal(at(node, 'livenessProbe', 'httpGet', 'path'), '/healthz');
    assert.equal(at(node, 'readinessProbe', 'httpGet', 'path'), '/readyz');
    assert.ok(
      Number(at(node, 'startupProbe', 'failureThreshold')) *
        Number(at(node, 'startupProbe', 'periodSeconds')) >=
        1800,
    );
    assert.deepEqual(at(node, 'lifecycle', 'preStop', 'exec', 'command'), ['sleep', '10']);
  });

  test('runs without rights, and without variables of Kubernetes that a node would refuse', () => {
    const pod = podOf(render(external).objects);
    assert.equal(at(pod, 'enableServiceLinks'), false);
    assert.equal(at(pod, 'securityContext', 'runAsNonRoot'), true);
    assert.equal(at(pod, 'securityContext', 'seccompProfile', 'type'), 'RuntimeDefault');
    assert.deepEqual(at(pod, 'containers', 0, 'securityContext'), {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('says what is missing instead of rendering half', () => {
    for (const [chosen, words] of [
      [{}, /stores\.config needs/],
      [
        changed(['vaultCredentials'], { existingSecret: '' }, external),
        /vaultCredentials\.existingSecret is needed/,
      ],
      [{ ...external, terminationGracePeriodSeconds: 45 }, /at least preStopSeconds/],
    ] as const) {
      const { status, output } = render(chosen);
      assert.notEqual(status, 0);
      assert.match(output, words);
    }
  });
}
