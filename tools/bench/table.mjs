/** Turns fsload results into one table per file system: medians of the rounds, with the ratio to rclone behind each rate. */

const rate = (get) => ({ get, digits: 0, ratio: true });
const time = (get) => ({ get, digits: 1, ratio: 'inverse' });
const plain = (get, digits = 1) => ({ get, digits, ratio: false });
/** Milliseconds of the server's CPU per operation: the steadiest figure. */
const cpu = (get) => plain((r) => (get(r)?.cpu ? (get(r).cpu.serverSeconds * 1000) / get(r).ops : null), 3);

const rows = {
  'small PUT /s': rate((r) => r.workloads.small?.put?.opsPerSec),
  'small GET /s': rate((r) => r.workloads.small?.get?.opsPerSec),
  'small DELETE /s': rate((r) => r.workloads.small?.delete?.opsPerSec),
  'PUT into one folder /s': rate((r) => r.workloads.fill?.opsPerSec),
  'mix ops/s': rate((r) => r.workloads.mix?.opsPerSec),
  'mix p99 ms': time((r) => r.workloads.mix?.latencyMs.p99),
  'PROPFIND of 5,000 ms': time((r) => r.workloads.list?.latencyMs.p50),
  'rename of 5,000 ms': time((r) => r.workloads.move?.latencyMs.p50),
  'copy of 5,000 ms': time((r) => r.workloads.copy?.latencyMs.p50),
  'big PUT MiB/s': rate((r) => r.workloads.big?.put?.MiBps),
  'big GET MiB/s': rate((r) => r.workloads.big?.get?.MiBps),
  '4 x big PUT MiB/s': rate((r) => r.workloads.big?.putPar?.MiBps),
  '4 x big GET MiB/s': rate((r) => r.workloads.big?.getPar?.MiBps),
  'CPU ms per small PUT': cpu((r) => r.workloads.small?.put),
  'CPU ms per small GET': cpu((r) => r.workloads.small?.get),
  'CPU ms per mix operation': cpu((r) => r.workloads.mix),
  'CPU ms per PROPFIND of 5,000': cpu((r) => r.workloads.list),
  'CPU s after the last answer (worst phase)': plain((r) => Math.max(...backgrounds(r)), 2),
  'resident memory, peak MiB': plain((r) => r.server.rssPeakMiB, 0),
  'ready ms': plain((r) => r.server.readyMs, 0),
  'failed requests': plain((r) => r.errors.total, 0),
  "others' CPU s during the mix": plain((r) => r.workloads.mix?.cpu.othersSeconds, 2),
};

function backgrounds({ workloads: w }) {
  return [
    w.small?.background,
    w.small?.deleteBackground,
    w.big?.background,
    w.fill?.background,
    w.mix?.background,
    w.move?.background,
    w.copy?.background,
  ].map((b) => b?.cpuSeconds ?? 0);
}

export function renderTable(results) {
  const places = [...new Set(results.map((r) => r.where))];
  return places
    .map((where) =>
      renderPlace(
        where,
        results.filter((r) => r.where === where),
      ),
    )
    .join('\n');
}

function renderPlace(where, results) {
  const names = [...new Set(results.map((r) => r.name))];
  const value = (name, row) => median(results.filter((r) => r.name === name).map((r) => row.get(r.result)));
  const lines = Object.entries(rows).map(([label, row]) => {
    const reference = value('rclone', row);
    return `| ${label} | ${names.map((name) => cell(value(name, row), reference, row)).join(' | ')} |`;
  });
  return `## ${where}\n\n| | ${names.join(' | ')} |\n|---|${names.map(() => '---:').join('|')}|\n${lines.join('\n')}\n`;
}

function cell(value, reference, { digits, ratio }) {
  if (value === null) return '–';
  const text = value.toFixed(digits);
  if (!ratio || reference === null || reference === 0 || value === 0) return text;
  const factor = ratio === 'inverse' ? reference / value : value / reference;
  return `${text} (${factor.toFixed(2)})`;
}

function median(values) {
  const numbers = values.filter((v) => typeof v === 'number' && Number.isFinite(v)).sort((a, b) => a - b);
  if (numbers.length === 0) return null;
  const middle = numbers.length / 2;
  return numbers.length % 2 === 1 ? numbers[Math.floor(middle)] : (numbers[middle - 1] + numbers[middle]) / 2;
}
