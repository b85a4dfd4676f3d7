/**
 * Whether the conditions of a policy hold. Three answers, since what is not known must not open anything: yes, no, and null for "can't
 * be told", e.g. where nobody said from which address a request came.
 */
import type { PolicyConditions } from '@volvox/api';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { Circumstances } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';

export type Answer = boolean | null;

/** What is asked about. */
export interface Situation {
  readonly circumstances: Circumstances | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Text of a property at the node and at the folders above that have it; null: properties can't be read here. */
  readonly property: (name: string) => readonly string[] | null;
}

/** Conditions made ready once. */
export interface Compiled {
  /** Property that is looked at, null: none. */
  readonly property: string | null;
  holds(situation: Situation): Answer;
}

/** @throws invalid_input naming what is no network, time zone or window */
export function compileConditions(conditions: PolicyConditions): Compiled {
  const parts: ((situation: Situation) => Answer)[] = [];
  const { networks, hours, clients, property } = conditions;
  if (networks !== undefined) parts.push(inNetworks(networks));
  if (hours !== undefined) parts.push(inHours(hours));
  if (clients !== undefined)
    parts.push(({ circumstances }) =>
      circumstances === null ? null : clients.includes(circumstances.client),
    );
  if (property !== undefined) parts.push(hasProperty(property.name, property.matches));
  return {
    property: property?.name ?? null,
    holds: (situation) => all(parts.map((part) => part(situation))),
  };
}

function all(answers: readonly Answer[]): Answer {
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

function inNetworks(texts: readonly string[]): (situation: Situation) => Answer {
  const networks = texts.map(parseNetwork);
  return ({ circumstances }) => {
    const address = circumstances === null ? null : parseAddress(circumstances.address);
    if (address === null) return null;
    return networks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
  };
}

/** IPv4 within IPv6 (::ffff:10.0.0.1) is that IPv4 address. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return isPlainAddress(text) ? ipaddr.process(text) : null;
}

/** Not the shorthands of inet_aton: 010.1 or 0x0a000001 mean something else to somebody else. */
function isPlainAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

function parseNetwork(text: string): Network {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const bits = slash < 0 ? null : text.slice(slash + 1);
  if (!isPlainAddress(address) || (bits !== null && !/^\d{1,3}$/.test(bits))) throw noNetwork(text);
  const base = ipaddr.parse(address);
  const length = base.kind() === 'ipv4' ? 32 : 128;
  const size = bits === null ? length : Number(bits);
  if (size > length) throw noNetwork(text);
  if (base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && size >= 96)
    return [base.toIPv4Address(), size - 96];
  return [base, size];
}

function noNetwork(text: string): AppError {
  return new AppError('invalid_input', `"${text}" is no address and no range such as 10.0.0.0/8`, {
    details: { reason: 'network' },
  });
}

/** By the clock on the wall: an hour that is skipped in spring never comes, one that is repeated in autumn counts twice. */
function inHours({ timeZone, windows }: NonNullable<PolicyConditions['hours']>): (s: Situation) => Answer {
  const wall = wallClock(timeZone);
  for (const { from, to } of windows)
    if (from === to)
      throw new AppError(
        'invalid_input',
        'a window must not end when it begins; a whole day is 00:00 to 24:00',
        {
          details: { reason: 'window' },
        },
      );
  return ({ at }) => {
    const { day, time } = wall(at);
    const before = day === 1 ? 7 : day - 1;
    return windows.some(({ days, from, to }) =>
      from < to
        ? days.includes(day) && time >= from && time < to
        : (days.includes(day) && time >= from) || (days.includes(before) && time < to),
    );
  };
}

type Wall = { readonly day: number; readonly time: string };
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const minuteMs = 60_000;

/** Formatting costs microseconds, so a minute is formatted once. */
function wallClock(timeZone: string): (at: number) => Wall {
  const format = formatOf(timeZone);
  const known = new LRUCache<number, Wall>({ max: 4 });
  return (at) => {
    const minute = Math.floor(at / minuteMs);
    let wall = known.get(minute);
    if (wall === undefined) {
      const parts = new Map(format.formatToParts(minute * minuteMs).map(({ type, value }) => [type, value]));
      const time = `${parts.get('hour') ?? ''}:${parts.get('minute') ?? ''}`;
      wall = { day: weekdays.indexOf(parts.get('weekday') ?? '') + 1, time };
      known.set(minute, wall);
    }
    return wall;
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const options = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { ...options, timeZone });
  } catch (error) {
    throw new AppError('invalid_input', `there is no time zone "${timeZone}"`, {
      details: { reason: 'time_zone' },
      cause: error,
    });
  }
}

function hasProperty(name: string, pattern: string): (situation: Situation) => Answer {
  const matches = wildcard(pattern);
  return ({ property }) => {
    const values = property(name);
    return values === null ? null : values.some(matches);
  };
}

/** `*` stands for anything; linear in the length of the text, whatever the pattern. */
function wildcard(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + last.length <= text.length;
  };
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** What a dead property says: it is stored as the XML element that came. */
export function textOf(xml: string): string {
  return xml
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g, (whole, name, decimal, hex) => {
      if (typeof name === 'string') return entities[name] ?? whole;
      const code = typeof decimal === 'string' ? Number(decimal) : parseInt(String(hex), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : String(whole);
    })
    .trim();
}
