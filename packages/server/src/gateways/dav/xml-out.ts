/** XML that we write: strings put together from escaped parts. */

// Characters that XML 1.0 has no way to write: they become U+FFFD.
const special =
  /[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const specials = new RegExp(special, 'g');
const specialInAttribute = new RegExp(`[\\t\\n"]|${special.source}`, 'g');

export function escapeText(text: string): string {
  return special.test(text) ? text.replace(specials, reference) : text;
}

/** For use between double quotes. */
export function escapeAttribute(text: string): string {
  return text.replace(specialInAttribute, reference);
}

function reference(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    case '\r':
    case '\n':
    case '\t':
      return `&#${character.charCodeAt(0)};`;
    default:
      return '\ufffd';
  }
}

export const declaration = '<?xml version="1.0" encoding="utf-8"?>\n';

/** An empty element by namespace and name, for lists of names. The document binds `D` to `DAV:` and has no default namespace. */
export function emptyElement(uri: string, local: string): string {
  if (uri === 'DAV:') return `<D:${local}/>`;
  if (uri === '') return `<${local}/>`;
  return `<x:${local} xmlns:x="${escapeAttribute(uri)}"/>`;
}
