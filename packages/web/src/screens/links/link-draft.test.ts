import type { Link } from '@volvox/api';
import { expect, test } from 'vitest';
import { changesOf, draftOf } from './link-draft.ts';

const link: Link = {
  id: '0192f0c1-0000-7000-8000-000000000001',
  kind: 'link',
  token: 'AAAAAAAAAAAAAAAAAAAAAA',
  custom: false,
  owner: { id: '0192f0c1-0000-7000-8000-000000000002', displayName: 'Ann' },
  roots: [],
  label: 'Plans',
  description: '',
  permissions: ['preview', 'download'],
  startsAt: null,
  expiresAt: 1_800_000_000_000,
  maxDownloads: 3,
  layout: 'list',
  disclaimer: '',
  watermark: false,
  notify: false,
  showOwner: true,
  restricted: false,
  askName: 'no',
  askEmail: 'no',
  subfolders: false,
  maxFileSize: 2_500_000,
  hasPassword: true,
  recipients: [{ email: 'a@example.org', sentAt: null }],
  disabled: false,
  state: 'active',
  endsAt: null,
  downloads: 0,
  visits: 0,
  createdAt: 0,
  updatedAt: 0,
};

test('what was not touched is not sent, the password least of all', () => {
  expect(changesOf(link, draftOf(link))).toEqual({});
});

test('what was emptied is taken away', () => {
  const draft = { ...draftOf(link), expiresAt: '', maxDownloads: '', maxFileMb: '', dropPassword: true };
  expect(changesOf(link, draft)).toEqual({
    expiresAt: null,
    maxDownloads: null,
    maxFileSize: null,
    password: null,
  });
});

test('recipients come one a line, or however they were pasted', () => {
  const draft = { ...draftOf(link), recipients: 'a@example.org, b@example.org;\n c@example.org\n' };
  expect(changesOf(link, draft)).toEqual({
    recipients: ['a@example.org', 'b@example.org', 'c@example.org'],
  });
});
