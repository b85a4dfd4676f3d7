import type { User } from '@volvox/api';
import { expect, test } from 'vitest';
import { changeOf, repeatedName } from './user-change.ts';

const user: User = {
  ...{ id: 'u1', login: 'grace', displayName: 'Grace', email: 'g@x.example', admin: false, disabled: false },
  ...{
    lockedUntil: null,
    groupId: 'g1',
    quota: 20 * 2 ** 30,
    createdAt: 1,
    lastLoginAt: null,
    kind: 'person',
  },
  ...{ locale: null, expiresAt: new Date('2030-05-06T12:00:00').getTime(), avatar: null, source: '' },
  ...{ externalId: null, attributes: { site: 'Kiel', unit: 'A' } },
};
const chosen = {
  ...{ groupId: 'g1', locale: '', quota: 21.475, admin: true },
  attributes: [
    { name: 'unit', value: 'A' },
    { name: 'site', value: 'Kiel' },
    { name: '', value: 'x' },
  ],
};

function formOf(values: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  const shown = { displayName: 'Grace', email: 'g@x.example', expiresAt: '2030-05-06', ...values };
  for (const [name, value] of Object.entries(shown)) form.set(name, value);
  return form;
}

test('what was left as it is, is not sent: not a rounded quota, not the hour of the end, not the order of attributes', () => {
  expect(changeOf(user, formOf({}), chosen)).toEqual({});
});

test('only what differs is sent, and an emptied field takes the value away', () => {
  const form = formOf({ email: '', expiresAt: '', admin: 'on' });
  const change = changeOf(user, form, { ...chosen, locale: 'de', quota: '', attributes: [] });
  expect(change).toEqual({
    email: null,
    expiresAt: null,
    admin: true,
    locale: 'de',
    quota: null,
    attributes: {},
  });
});

test('who is no administrator does not even name what only administrators may change', () => {
  const change = changeOf(user, formOf({ admin: 'on' }), {
    ...chosen,
    admin: false,
    quota: 1,
    attributes: [],
  });
  expect(change).toEqual({});
});

test('a name that stands twice is told', () => {
  expect(repeatedName([...chosen.attributes, { name: ' site ', value: 'Bonn' }])).toBe('site');
  expect(repeatedName(chosen.attributes)).toBeNull();
});
