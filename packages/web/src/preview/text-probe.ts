/** Whether bytes are text: no NUL, hardly a control character, and UTF-8 but for a character cut at the end. */
export const textLimit = 1 << 20;

/** Broken UTF-8, and controls other than tab, line ends, form feed and the escapes of coloured logs. */
const strangeCharacter = /[\uFFFD\x01-\x08\x0B\x0E-\x1A\x1C-\x1F]/g;

export type Probed =
  { readonly binary: true } | { readonly binary: false; readonly text: string; readonly cut: boolean };

export function probeText(bytes: Uint8Array, size: number): Probed {
  if (bytes.includes(0)) return { binary: true };
  const text = new TextDecoder().decode(bytes, { stream: bytes.length < size });
  const strange = text.match(strangeCharacter)?.length ?? 0;
  if (strange > Math.max(4, text.length / 50)) return { binary: true };
  return { binary: false, text, cut: bytes.length < size };
}
