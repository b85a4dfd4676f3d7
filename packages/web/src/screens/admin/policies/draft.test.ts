import type { Policy } from '@volvox/api';
import { expect, test } from 'vitest';
import { bodyOf, draftOf, newWindow } from './draft.ts';

const policy: Policy = {
  id: '1',
  name: 'Office',
  description: 'Only there',
  deny: ['write', 'share'],
  mode: 'when',
  conditions: {
    networks: ['10.0.0.0/8', '2001:db8::/32'],
    clients: ['dav'],
    hours: { timeZone: 'Asia/Tokyo', windows: [{ days: [1, 7], from: '22:00', to: '06:00' }] },
    property: { name: '{urn:x}class', matches: 'secret*' },
  },
  bindings: [],
};

test('a policy survives being edited without a change', () => {
  const { id: _id, bindings: _bindings, ...body } = policy;
  expect(bodyOf(draftOf(policy, 'UTC'))).toEqual(body);
});

test('what is left empty is no condition, and without any there is no policy', () => {
  const draft = { ...draftOf(null, 'UTC'), name: ' A ' };
  expect(bodyOf(draft)).toBe('needCondition');
  expect(bodyOf({ ...draft, networks: ' \n' })).toBe('needCondition');
  expect(bodyOf({ ...draft, windows: [{ ...newWindow, days: [] }] })).toBe('needCondition');
  expect(bodyOf({ ...draft, deny: [], clients: ['web'] })).toBe('needRight');
  expect(bodyOf({ ...draft, clients: ['web'] })).toMatchObject({
    name: 'A',
    conditions: { clients: ['web'] },
  });
});

test('networks may be separated as people do; midnight ends a day', () => {
  const draft = { ...draftOf(null, 'UTC'), networks: '10.0.0.1, 10.0.0.2;\n10.0.0.3' };
  expect(bodyOf(draft)).toMatchObject({ conditions: { networks: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] } });
  const late = { ...draft, windows: [{ days: ['2'], from: '20:00', to: '00:00' }] };
  expect(bodyOf(late)).toMatchObject({ conditions: { hours: { windows: [{ days: [2], to: '24:00' }] } } });
});
