import { expect, it } from 'vitest';
import { nodeName, subjectName, summaryOf } from './event-names.ts';

const userId = '01a20920-7581-7555-8491-0e36e19e6978';
const none = { before: null, after: null, details: null };
const bob = { userId, login: 'bob', displayName: 'Bob Stone' };

it('names the person that an event is about', () => {
  const kind = 'user.updated';
  expect(subjectName({ ...none, kind, after: bob })).toBe('Bob Stone (bob)');
  expect(subjectName({ ...none, kind, after: { ...bob, displayName: 'bob' } })).toBe('bob');
  expect(subjectName({ ...none, kind: 'factor.reset', details: { login: 'bob' } })).toBe('bob');
});

it('names roles, links and files, and nothing where the event has no name', () => {
  const role = { roleId: userId, label: 'Editors' };
  expect(subjectName({ ...none, kind: 'role.deleted', before: role })).toBe('Editors');
  expect(subjectName({ ...none, kind: 'share.created', after: { roleId: userId, roleName: 'Choir' } })).toBe(
    'Choir',
  );
  expect(subjectName({ ...none, kind: 'auth.login' })).toBe(null);
  expect(nodeName({ ...none, kind: 'node.trashed', before: { name: 'a.txt' } })).toBe('a.txt');
  expect(nodeName({ ...none, kind: 'team.updated', after: { name: 'Choir' } })).toBe(null);
});

it('says on one line how it was and how it is, without ids', () => {
  const event = {
    ...none,
    kind: 'user.updated',
    before: { ...bob, admin: false },
    after: { ...bob, admin: true },
  };
  expect(summaryOf(event)).toBe('login: bob, displayName: Bob Stone, admin: false → true');
  expect(
    summaryOf({ ...none, kind: 'role.deleted', before: { roleId: userId, label: 'Editors', end: null } }),
  ).toBe('label: Editors');
  expect(summaryOf({ ...none, kind: 'role.updated', after: { order: [userId], labels: ['a', 'b'] } })).toBe(
    'labels: ["a","b"]',
  );
});
