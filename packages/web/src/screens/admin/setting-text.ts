/** A setting's value as text to edit, and back: strings as they are, everything else as JSON. */
export function settingText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : JSON.stringify(value);
}

/** The entries of a list's text. */
export function listOf(text: string): string[] {
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed.map(String) : [];
}

const shownSigns = 300;

/** To look at: a picture is cut off. */
export function shownValue(value: unknown): string {
  const text = settingText(value);
  return text.length > shownSigns ? `${text.slice(0, 60)}…` : text;
}

export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** The default tells the type; where it is null, JSON if it reads as such, else text. */
export function parseSetting(text: string, like: unknown): Parsed {
  if (typeof like === 'string') return { ok: true, value: text };
  if (text.trim() === '') return like === null ? { ok: true, value: null } : { ok: false };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return like === null ? { ok: true, value: text } : { ok: false };
  }
}
