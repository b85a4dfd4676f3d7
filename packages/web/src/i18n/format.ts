/** Sizes, dates and counts in the reader's language. Formatters are costly to make, so each is made once. */
import { locale } from './language.ts';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
const cache = new Map<string, Intl.NumberFormat>();

function numberFormat(unit: string, digits: number): Intl.NumberFormat {
  const key = `${unit}:${digits}`;
  let format = cache.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: unit === 'byte' ? 'long' : 'short',
      maximumFractionDigits: digits,
    });
    cache.set(key, format);
  }
  return format;
}

/** Decimal units, as disks are sold and as Intl names them; three significant figures. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (Math.abs(value) >= 999.5 && step < units.length - 1) {
    value /= 1000;
    step++;
  }
  const digits = step === 0 || Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return numberFormat(units[step] ?? 'byte', digits).format(value);
}

export function formatSpeed(bytesPerSecond: number): string {
  return `${formatSize(Math.round(bytesPerSecond))}/s`;
}

const count = new Intl.NumberFormat(locale);
export const formatCount = (value: number): string => count.format(value);

const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const dayThisYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** Short: the time today, the day this year, else with the year. */
export function formatDate(at: number, now = Date.now()): string {
  const date = new Date(at);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return time.format(date);
  return date.getFullYear() === today.getFullYear() ? dayThisYear.format(date) : day.format(date);
}

export const formatDateTime = (at: number): string => full.format(new Date(at));

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

export function formatRelative(at: number, now = Date.now()): string {
  for (const [unit, ms] of steps) {
    if (Math.abs(at - now) >= ms) return relative.format(Math.round((at - now) / ms), unit);
  }
  return relative.format(0, 'minute');
}

/** What something took: "1.2 ms", "3.4 s". */
export function formatTook(ms: number): string {
  return ms < 1000 ? numberFormat('millisecond', 1).format(ms) : numberFormat('second', 1).format(ms / 1000);
}

/** For what is left of an upload: "12 s", "3 min", "2 h". */
export function formatDuration(seconds: number): string {
  const [value, unit] =
    seconds < 60
      ? [Math.max(1, seconds), 'second']
      : seconds < 3600
        ? [seconds / 60, 'minute']
        : [seconds / 3600, 'hour'];
  return numberFormat(String(unit), 0).format(Math.round(Number(value)));
}
