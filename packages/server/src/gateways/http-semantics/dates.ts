/** HTTP dates (RFC 9110 section 5.6.7): written in one form, read in all three. */

const dayMs = 86_400_000;
const two = Array.from({ length: 60 }, (_unused, n) => String(n).padStart(2, '0'));
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// Listings hold runs of files from the same day: its text is kept, the time of day is put together.
let cachedDay = Number.NaN;
let cachedText = '';

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
export function httpDate(ms: number): string {
  const day = Math.floor(ms / dayMs);
  if (day !== cachedDay) {
    cachedText = new Date(day * dayMs).toUTCString().slice(0, 17);
    cachedDay = day;
  }
  const second = Math.floor((ms - day * dayMs) / 1000);
  return `${cachedText}${two[Math.floor(second / 3600)]}:${two[Math.floor(second / 60) % 60]}:${two[second % 60]} GMT`;
}

const fixdate = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const rfc850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const asctime = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/** @returns milliseconds, or null for anything that is not an HTTP date (RFC 9110 has such conditions ignored) */
export function parseHttpDate(text: string): number | null {
  const trimmed = text.trim();
  const fixed = fixdate.exec(trimmed);
  if (fixed) return utc(fixed[3], fixed[2], fixed[1], fixed[4], fixed[5], fixed[6]);
  const old = rfc850.exec(trimmed);
  if (old) return utc(fullYear(Number(old[3])), old[2], old[1], old[4], old[5], old[6]);
  const c = asctime.exec(trimmed);
  if (c) return utc(c[6], c[1], c[2], c[3], c[4], c[5]);
  return null;
}

/** A two-digit year more than 50 years ahead is in the past. */
function fullYear(short: number): string {
  const now = new Date().getUTCFullYear();
  const year = now - (now % 100) + short;
  return String(year > now + 50 ? year - 100 : year);
}

function utc(year = '', month = '', day = '', hour = '', minute = '', second = ''): number | null {
  const index = months.indexOf(month);
  if (index < 0) return null;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), index, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  return date.getUTCDate() === Number(day) && date.getUTCHours() === Number(hour) ? date.getTime() : null;
}
