import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyConditions } from '@volvox/api';
import { isAppError } from '../../kernel/errors.ts';
import { compileConditions, textOf, type Answer, type Situation } from './conditions.ts';

const nobody: Situation = { circumstances: null, at: 0, property: () => null };

function holds(conditions: PolicyConditions, situation: Partial<Situation>): Answer {
  return compileConditions(conditions).holds({ ...nobody, ...situation });
}

function from(address: string, networks: readonly string[]): Answer {
  return holds({ networks: [...networks] }, { circumstances: { address, client: 'web' } });
}

test('networks: ranges and single addresses of both families', () => {
  const cases: [string, string[], Answer][] = [
    ['10.1.2.3', ['10.0.0.0/8'], true],
    ['11.1.2.3', ['10.0.0.0/8'], false],
    ['192.168.1.7', ['10.0.0.0/8', '192.168.1.0/24'], true],
    ['192.168.1.7', ['192.168.1.7'], true],
    ['192.168.1.8', ['192.168.1.7'], false],
    ['2001:db8::1', ['2001:db8::/32'], true],
    ['2001:db9::1', ['2001:db8::/32'], false],
    ['2001:0db8:0:0::0001', ['2001:db8::1'], true],
    ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
    ['::ffff:0a01:0203', ['10.0.0.0/8'], true],
    ['10.1.2.3', ['::ffff:10.0.0.0/104'], true],
    ['11.1.2.3', ['::ffff:10.0.0.0/104'], false],
    ['10.1.2.3', ['::/0'], false],
    ['2001:db8::1', ['0.0.0.0/0'], false],
    ['fe80::1%eth0', ['fe80::/10'], true],
  ];
  for (const [address, networks, expected] of cases)
    assert.equal(from(address, networks), expected, `${address} in ${networks.join()}`);
});

test('networks: what is no plain address is not guessed at', () => {
  for (const address of [
    '',
    'localhost',
    '10.1',
    '010.1.2.3',
    '0x0a010203',
    '167838211',
    '10.1.2.3:80',
    '10.1.2.3, 8.8.8.8',
  ])
    assert.equal(from(address, ['0.0.0.0/0', '10.0.0.0/8']), null, address);
  assert.equal(holds({ networks: ['10.0.0.0/8'] }, {}), null, 'nobody said from where');
});

test('networks: what is no range is refused by name', () => {
  for (const text of [
    '10.0.0.0/33',
    '10.0.0/8',
    'fe80::/129',
    'office',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/255.0.0.0',
    '010.0.0.0/8',
  ])
    assert.throws(
      () => compileConditions({ networks: [text] }),
      (error) => isAppError(error, 'invalid_input') && error.message.includes(text),
      text,
    );
});

const officeHours: PolicyConditions = {
  hours: {
    timeZone: 'Europe/Berlin',
    windows: [{ days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' }],
  },
};

test('hours: by the clock on the wall, winter and summer', () => {
  const at = (text: string): Answer => holds(officeHours, { at: Date.parse(text) });
  // 2026-01-12 and 2026-07-13 are Mondays.
  assert.equal(at('2026-01-12T06:59:59Z'), false);
  assert.equal(at('2026-01-12T07:00:00Z'), true);
  assert.equal(at('2026-01-12T16:59:59Z'), true);
  assert.equal(at('2026-01-12T17:00:00Z'), false);
  assert.equal(at('2026-07-13T05:59:59Z'), false);
  assert.equal(at('2026-07-13T06:00:00Z'), true);
  assert.equal(at('2026-07-13T16:00:00Z'), false);
  assert.equal(at('2026-07-12T10:00:00Z'), false, 'Sunday');
  assert.equal(at('2026-07-19T22:30:00Z'), false, 'Monday already, but night');
});

test('hours: the hour that is skipped in spring never comes, the one repeated in autumn holds twice', () => {
  const window = (from: string, to: string): PolicyConditions => ({
    hours: { timeZone: 'Europe/Berlin', windows: [{ days: [7], from, to }] },
  });
  // 2026-03-29, 01:00Z: 02:00 becomes 03:00.
  const spring = window('02:00', '03:00');
  for (let at = Date.parse('2026-03-28T23:00Z'); at < Date.parse('2026-03-29T22:00Z'); at += 600_000)
    assert.equal(holds(spring, { at }), false);
  const across = window('01:30', '03:30');
  assert.equal(holds(across, { at: Date.parse('2026-03-29T00:59Z') }), true);
  assert.equal(holds(across, { at: Date.parse('2026-03-29T01:29Z') }), true);
  assert.equal(holds(across, { at: Date.parse('2026-03-29T01:30Z') }), false);
  // 2026-10-25, 01:00Z: 03:00 becomes 02:00 again.
  const autumn = window('02:00', '03:00');
  let minutes = 0;
  for (let at = Date.parse('2026-10-24T22:00Z'); at < Date.parse('2026-10-25T23:00Z'); at += 60_000)
    if (holds(autumn, { at }) === true) minutes++;
  assert.equal(minutes, 120);
});

test('hours: a window over midnight counts by the day on which it begins', () => {
  const nightShift: PolicyConditions = {
    hours: { timeZone: 'UTC', windows: [{ days: [5], from: '22:00', to: '06:00' }] },
  };
  const at = (text: string): Answer => holds(nightShift, { at: Date.parse(text) });
  // 2026-01-16 is a Friday.
  assert.equal(at('2026-01-16T21:59Z'), false);
  assert.equal(at('2026-01-16T22:00Z'), true);
  assert.equal(at('2026-01-17T05:59Z'), true);
  assert.equal(at('2026-01-17T06:00Z'), false);
  assert.equal(at('2026-01-16T03:00Z'), false, 'the night before began on Thursday');
  const sundayNight: PolicyConditions = {
    hours: { timeZone: 'UTC', windows: [{ days: [7], from: '22:00', to: '06:00' }] },
  };
  assert.equal(
    holds(sundayNight, { at: Date.parse('2026-01-19T01:00Z') }),
    true,
    'Monday, at one in the night',
  );
});

test('hours: a whole day, several windows, zones on the other side of the date line', () => {
  const saturday: PolicyConditions = {
    hours: { timeZone: 'Pacific/Kiritimati', windows: [{ days: [6], from: '00:00', to: '24:00' }] },
  };
  // UTC+14: Saturday begins on Friday at 10:00 UTC.
  assert.equal(holds(saturday, { at: Date.parse('2026-01-16T09:59Z') }), false);
  assert.equal(holds(saturday, { at: Date.parse('2026-01-16T10:00Z') }), true);
  assert.equal(holds(saturday, { at: Date.parse('2026-01-17T09:59Z') }), true);
  assert.equal(holds(saturday, { at: Date.parse('2026-01-17T10:00Z') }), false);
  const twice: PolicyConditions = {
    hours: {
      timeZone: 'Asia/Kolkata',
      windows: [
        { days: [1], from: '09:00', to: '12:00' },
        { days: [1], from: '14:00', to: '17:00' },
      ],
    },
  };
  // 2026-01-12 is a Monday; UTC+5:30.
  assert.equal(holds(twice, { at: Date.parse('2026-01-12T06:29Z') }), true);
  assert.equal(holds(twice, { at: Date.parse('2026-01-12T06:30Z') }), false);
  assert.equal(holds(twice, { at: Date.parse('2026-01-12T08:30Z') }), true);
});

test('hours: what is no zone or no window is refused', () => {
  const windows = [{ days: [1], from: '08:00', to: '08:00' }];
  const zone: PolicyConditions = { hours: { timeZone: 'Europe/Atlantis', windows } };
  assert.throws(
    () => compileConditions(zone),
    (error) => isAppError(error, 'invalid_input') && error.details['reason'] === 'time_zone',
  );
  const empty: PolicyConditions = { hours: { timeZone: 'UTC', windows } };
  assert.throws(
    () => compileConditions(empty),
    (error) => isAppError(error, 'invalid_input') && error.details['reason'] === 'window',
  );
});

test('clients: one of those named', () => {
  const conditions: PolicyConditions = { clients: ['web', 'link'] };
  for (const [client, expected] of [
    ['web', true],
    ['link', true],
    ['dav', false],
    ['api', false],
  ] as const)
    assert.equal(holds(conditions, { circumstances: { address: '', client } }), expected, client);
  assert.equal(holds(conditions, {}), null);
});

test('property: the text of any that there is on the way, with wildcards', () => {
  const matches = (pattern: string, ...values: string[]): Answer =>
    holds({ property: { name: '{x}class', matches: pattern } }, { property: () => values });
  assert.equal(matches('secret', 'secret'), true);
  assert.equal(matches('secret', 'top secret'), false);
  assert.equal(matches('*secret', 'top secret'), true);
  assert.equal(matches('s*t', 'secret'), true);
  assert.equal(matches('s*t', 'st'), true);
  assert.equal(matches('st*t', 'st'), false, 'the same letter does not count twice');
  assert.equal(matches('*r*c*', 'secret'), false);
  assert.equal(matches('*e*e*', 'secret'), true);
  assert.equal(matches('*', ''), true);
  assert.equal(matches('*'), false, 'there is none');
  assert.equal(matches('a', 'b', 'a'), true);
  assert.equal(matches('.*', 'secret'), false, 'no regular expression');
  assert.equal(holds({ property: { name: 'x', matches: '*' } }, {}), null, 'can not be read');
  const started = performance.now();
  assert.equal(matches(`${'a*'.repeat(400)}b`, 'a'.repeat(60_000)), false);
  assert.ok(performance.now() - started < 20_000, 'no pattern takes for ever');
});

test('property: an XML element says its text', () => {
  assert.equal(textOf('<c:class xmlns:c="urn:x"> secret </c:class>'), 'secret');
  assert.equal(textOf('<a>R&amp;D &#x41;&#66;</a>'), 'R&D AB');
  assert.equal(textOf('<a>&lt;b&gt;</a>'), '<b>');
  assert.equal(textOf('<a/>'), '');
});

test('all that is named must hold: one no is enough, an unknown leaves it open', () => {
  const conditions: PolicyConditions = { ...officeHours, networks: ['10.0.0.0/8'], clients: ['web'] };
  const monday = Date.parse('2026-01-12T10:00Z');
  const circumstances = { address: '10.0.0.1', client: 'web' } as const;
  assert.equal(holds(conditions, { at: monday, circumstances }), true);
  assert.equal(holds(conditions, { at: 0, circumstances }), false);
  assert.equal(holds(conditions, { at: monday, circumstances: { ...circumstances, client: 'dav' } }), false);
  assert.equal(holds(conditions, { at: monday, circumstances: { ...circumstances, address: '?' } }), null);
  assert.equal(holds(conditions, { at: 0, circumstances: null }), false, 'no, whatever the rest is');
});
