/** The server's rule for names, told before it is broken. */
export type NameFault = 'tooLong' | 'slash' | 'dots' | 'control';

export function nameFault(name: string): NameFault | null {
  if (name === '.' || name === '..') return 'dots';
  if (name.includes('/')) return 'slash';
  if (/\p{Cc}/u.test(name)) return 'control';
  return new TextEncoder().encode(name.normalize('NFC')).byteLength > 255 ? 'tooLong' : null;
}

/** How much of a name to mark for renaming: all but the extension. */
export function stemLength(name: string): number {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? dot : name.length;
}
