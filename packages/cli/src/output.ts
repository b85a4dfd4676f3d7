/** How commands print: JSON with --json, else aligned columns; no colours, so that nothing has to be switched off in pipes. */

export type Row = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Output {
  readonly json: boolean;
}

export function print(output: Output, data: unknown, human: () => string): void {
  process.stdout.write(`${harmless(output.json ? JSON.stringify(data, null, 2) : human())}\n`);
}

/**
 * What people call things, and what programs call themselves in the log, may hold signs that a terminal obeys or that turn text round: they
 * are shown, as in JSON. Lines stay lines.
 */
export function harmless(text: string): string {
  const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, escaped);
}

/** Columns of the first row's keys, as wide as their widest cell; `empty` where there are no rows. */
export function table(rows: readonly Row[], empty = 'nothing'): string {
  const [first] = rows;
  if (first === undefined) return empty;
  const names = Object.keys(first);
  const cells = [
    names.map((n) => n.toUpperCase()),
    ...rows.map((row) => names.map((n) => harmless(String(row[n] ?? '-')).replace(/\s/g, ' '))),
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
