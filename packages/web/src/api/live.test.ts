import type { Change } from '@volvox/api';
import { expect, it } from 'vitest';
import { touchedBy } from './live.ts';

it('a move touches the folder it left and the one it reached', () => {
  const change: Change = {
    seq: 1,
    id: 'c',
    at: 0,
    kind: 'node.moved',
    actorId: null,
    nodeId: 'n',
    parentId: 'new',
    workspaceId: 'w',
    before: { parentId: 'old', name: 'x' },
    after: { parentId: 'new', name: 'x' },
  };
  const touched = touchedBy(change);
  expect([...touched.folders].sort()).toEqual(['new', 'old']);
  expect([...touched.nodes]).toEqual(['n']);
  expect([...touched.workspaces]).toEqual(['w']);
});
