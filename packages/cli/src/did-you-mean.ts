/** ` (did you mean x?)` for the known word that is nearest to what was typed; empty where none is near. */
export function didYouMean(typed: string, known: readonly string[]): string {
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(typed.length / 3)) + 1;
  for (const word of known) {
    const steps = distance(typed.toLowerCase(), word.toLowerCase());
    if (steps < least) [nearest, least] = [word, steps];
  }
  return nearest === null ? '' : ` (did you mean ${nearest}?)`;
}

/** Letters to put in, take out or change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
