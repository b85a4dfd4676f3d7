/** Whether bytes are text: no NUL, and UTF-8 but for a character cut at the end. */
export const textLimit = 1 << 20;

export type Probed =
  { readonly binary: true } | { readonly binary: false; readonly text: string; readonly cut: boolean };

export function probeText(bytes: Uint8Array, size: number): Probed {
  if (bytes.includes(0)) return { binary: true };
  const text = new TextDecoder().decode(bytes, { stream: bytes.length < size });
  let strange = 0;
  for (const character of text) if (character === '\uFFFD') strange++;
  if (strange > Math.max(4, text.length / 50)) return { binary: true };
  return { binary: false, text, cut: bytes.length < size };
}
