import { InvalidArgumentError } from 'commander';

/** Bytes, with a unit if wanted (`500`, `20GiB`, `1.5TB`); `none` for no limit. */
export function parseQuota(text: string): number | null {
  if (text === 'none') return null;
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMGT])(i?)B?|B)?$/i.exec(text.trim());
  const [, number = '', prefix = '', binary = ''] = match ?? [];
  const power = prefix === '' ? 0 : 'KMGT'.indexOf(prefix.toUpperCase()) + 1;
  const bytes = Math.round(Number(number) * (binary === '' ? 1000 : 1024) ** power);
  if (match === null || !Number.isSafeInteger(bytes))
    throw new InvalidArgumentError('bytes, as 500, 20GiB or 1.5TB; or "none"');
  return bytes;
}
