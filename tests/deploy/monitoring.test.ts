import assert from 'node:assert/strict';
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createMetrics } from '../../packages/server/src/services/operations/metrics.ts';
import { at, list, object, onPath, root, run, text, yaml } from './files.ts';

/** Of Prometheus itself and of node_exporter. */
const foreign = new Map<string, readonly string[]>([
  ['up', []],
  ['node_filesystem_avail_bytes', ['fstype', 'mountpoint']],
  ['node_filesystem_size_bytes', ['fstype', 'mountpoint']],
  ['node_timex_offset_seconds', []],
]);
/** What Prometheus adds to every series. */
const added = ['job', 'instance'];

/** Name -> labels, as a node shows them once everything was counted. */
async function ownMetrics(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const metrics = createMetrics('0.0.0');
  metrics.request({ method: 'GET', route: 'dav', status: 200, ms: 1, bytesIn: 1, bytesOut: 1 });
  metrics.store('sql', 'read', 1, true);
  metrics.followers([{ name: 'search', lag: 1, parked: 1 }]);
  metrics.contents({ damaged: 1, endedAt: 1 });
  metrics.settings('abc');
  metrics.droppedLogs(1);
  const shown = await metrics.text();
  metrics.stop();
  const found = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of shown.matchAll(/^([a-z_]+)(?:\{([^}]*)\})? /gm)) {
    const known = found.get(name) ?? new Set(added);
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    found.set(name, known);
  }
  return found;
}

/** Every metric of an expression with the labels it selects by, and the labels it groups by. */
function usedBy(expression: string) {
  const bare = expression.replace(/"[^"]*"/g, '""');
  const selectors = [...bare.matchAll(/\b((?:volvox|process|node)_\w+|up)\b(?:\{([^}]*)\})?/g)];
  return {
    metrics: selectors.map(([, name = '', selector = '']) => ({
      name,
      labels: [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    })),
    groups: [...bare.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/,\s*/)),
  };
}

async function assertMeasured(expressions: readonly string[]): Promise<void> {
  const known = new Map<string, ReadonlySet<string>>(await ownMetrics());
  for (const [name, labels] of foreign) known.set(name, new Set([...labels, ...added]));
  for (const expression of expressions) {
    const { metrics, groups } = usedBy(expression);
    assert.notEqual(metrics.length, 0, expression);
    const labels = new Set<string>();
    for (const metric of metrics) {
      const measured = known.get(metric.name);
      assert.ok(measured, `${metric.name} is measured nowhere: ${expression}`);
      for (const label of metric.labels) assert.ok(measured.has(label), `${metric.name} has no ${label}`);
      measured.forEach((label) => labels.add(label));
    }
    for (const group of groups) assert.ok(labels.has(group), `nothing has ${group}: ${expression}`);
  }
}

interface Alert {
  readonly name: string;
  readonly expression: string;
  readonly rule: unknown;
}

const alerts: readonly Alert[] = list(at(yaml('deploy/prometheus/alerts.yaml'), 'groups')).flatMap((group) =>
  list(at(group, 'rules')).map((rule) => ({
    name: String(at(rule, 'alert')),
    expression: String(at(rule, 'expr')),
    rule,
  })),
);

describe('alerts', () => {
  test('look at what is measured', () => assertMeasured(alerts.map((alert) => alert.expression)));

  test('have names of their own, a severity, and a section that says what to do', () => {
    assert.equal(new Set(alerts.map((alert) => alert.name)).size, alerts.length);
    for (const { name, rule } of alerts) {
      assert.match(String(at(rule, 'labels', 'severity')), /^(critical|warning)$/, name);
      assert.ok(at(rule, 'annotations', 'summary'), name);
      const [page = '', anchor] = String(at(rule, 'annotations', 'runbook')).split('#');
      const anchors = [...text(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
      assert.ok(anchor !== undefined && anchors.includes(anchor), `${name}: ${page}#${anchor ?? ''}`);
    }
  });

  test('are the ones that the chart ships', () => {
    for (const [shipped, source] of [
      ['alerts.yaml', 'deploy/prometheus/alerts.yaml'],
      ['dashboard.json', 'deploy/grafana/volvox.json'],
    ] as const)
      assert.equal(
        realpathSync(path.join(root, 'deploy/helm/volvox/files', shipped)),
        path.join(root, source),
      );
  });

  if (onPath('promtool'))
    test('are ones that Prometheus takes, and fire when they should', () => {
      for (const args of [
        ['check', 'rules', 'deploy/prometheus/alerts.yaml'],
        ['check', 'config', 'deploy/prometheus/prometheus.yaml'],
        ['test', 'rules', 'deploy/prometheus/alerts.test.yaml'],
      ]) {
        const { status, output } = run('promtool', ...args);
        assert.equal(status, 0, output);
      }
    });
});

describe('the dashboard', () => {
  const dashboard: unknown = JSON.parse(readFileSync(path.join(root, 'deploy/grafana/volvox.json'), 'utf8'));
  const panels = list(at(dashboard, 'panels')).map((panel) => object(panel));
  const graphs = panels.filter((panel) => panel['type'] !== 'row');

  test('shows what is measured', () => {
    const expressions = graphs.flatMap((panel) =>
      list(panel['targets']).map((target) => String(at(target, 'expr'))),
    );
    assert.ok(expressions.length >= graphs.length);
    return assertMeasured(expressions);
  });

  test('has a unit, a title and the chosen data source in every panel', () => {
    assert.equal(new Set(panels.map((panel) => panel['id'])).size, panels.length);
    for (const panel of graphs) {
      assert.ok(panel['title']);
      assert.ok(at(panel, 'fieldConfig', 'defaults', 'unit'), String(panel['title']));
      assert.equal(at(panel, 'datasource', 'uid'), '${datasource}');
    }
  });

  test('lays its panels out without overlaps, within 24 columns', () => {
    const taken = new Set<string>();
    for (const panel of panels) {
      const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((name) => Number(at(panel, 'gridPos', name)));
      assert.ok(x !== undefined && y !== undefined && w !== undefined && h !== undefined && x + w <= 24);
      for (let column = x; column < x + w; column++)
        for (let row = y; row < y + h; row++) {
          const cell = `${column},${row}`;
          assert.ok(!taken.has(cell), `${String(panel['title'])} at ${cell}`);
          taken.add(cell);
        }
    }
  });
});
