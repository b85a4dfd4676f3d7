/** How commands print: JSON with --json, else aligned columns; no colours, so that nothing has to be switched off in pipes. */

export type Row = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Output {
  readonly json: boolean;
}

export function print(output: Output, data: unknown, human: () => string): void {
  process.stdout.write(output.json ? `${JSON.stringify(data, null, 2)}\n` : `${human()}\n`);
}

/** Columns of the first row's keys, as wide as their widest cell; `empty` where there are no rows. */
export function table(rows: readonly Row[], empty = 'nothing'): string {
  const [first] = rows;
  if (first === undefined) return empty;
  const names = Object.keys(first);
  const cells = [
    names.map((n) => n.toUpperCase()),
    ...rows.map((row) => names.map((n) => String(row[n] ?? '-'))),
  ];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function time(ms: number | null | undefined): string {
  return ms == null ? '-' : new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
}
