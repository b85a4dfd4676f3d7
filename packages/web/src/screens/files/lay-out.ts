/** Rows from the beginning, rows from the end (last one first), and as many gaps between as make up the total. */
export function layOut<Row extends { readonly id: string }>(
  head: readonly Row[],
  tail: readonly Row[],
  total: number,
): (Row | undefined)[] {
  const seen = new Set(tail.length > 0 ? head.map((row) => row.id) : []);
  const end = tail.filter((row) => !seen.has(row.id)).reverse();
  const gap = Math.max(0, total - head.length - end.length);
  return [...head, ...new Array<undefined>(gap).fill(undefined), ...end];
}
