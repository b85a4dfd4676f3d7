/** Puts the parts of collaboration together: shares with people, and Cells. */
import type { Started } from '../../kernel/service.ts';
import { followPurges } from '../journal/api.ts';
import { accessOf } from './access-of.ts';
import type { CollaborationService } from './api.ts';
import { cell, cells, ownersOf } from './cell-lists.ts';
import { leaveCell, removeMember, setMember } from './cell-members.ts';
import { addMounts, dropMount } from './cell-mounts.ts';
import { cellmates } from './cellmates.ts';
import { createCell, deleteCell, handOver, updateCell } from './cells.ts';
import type { CollaborationDeps } from './core.ts';
import { LostRoles } from './lost-roles.ts';
import { ReceivedNodes } from './received.ts';
import { nodesPurged } from './purges.ts';
import { passOn } from './removal.ts';
import { givenShares, receivedShares, sharedAmong, sharesOf } from './share-lists.ts';
import { expireShares, hideShare, revokeShare, share, updateShare } from './shares.ts';

export function startCollaboration(deps: CollaborationDeps): Started<CollaborationService> {
  const received = new ReceivedNodes(deps);
  deps.identity.onUserRemoved((tx, userId, successorId) => passOn(deps, tx, userId, successorId));
  followPurges(deps.journal, 'collaboration', (nodes) => nodesPurged(deps, nodes));
  const losses = new LostRoles(deps);
  deps.identity.onRolesLost((tx, lost, actorId) => losses.lost(tx, lost, actorId));
  return {
    api: {
      received: (principal) => received.of(principal),
      share: (context, nodeId, input) => share(deps, context, nodeId, input),
      updateShare: (context, id, change) => updateShare(deps, context, id, change),
      revokeShare: (context, id) => revokeShare(deps, context, id),
      hideShare: (context, id, hidden) => hideShare(deps, context, id, hidden),
      sharesOf: (context, nodeId) => sharesOf(deps, context, nodeId),
      receivedShares: (context, query) => receivedShares(deps, context, query),
      givenShares: (context, query) => givenShares(deps, context, query),
      sharedAmong: (context, nodeIds) => sharedAmong(deps, context, nodeIds),
      accessOf: (context, nodeId, query) => accessOf(deps, context, nodeId, query),
      expire: () => expireShares(deps),
      finishReviews: (signal) => losses.finish(signal),
      ownersOf: (ids) => ownersOf(deps, ids),
      cellmates: (reader, principal) => cellmates(deps, reader, principal),
      cells: (context) => cells(deps, context),
      cell: (context, id) => cell(deps, context, id),
      createCell: (context, input) => createCell(deps, context, input),
      updateCell: (context, id, change) => updateCell(deps, context, id, change),
      deleteCell: (context, id) => deleteCell(deps, context, id),
      setMember: (context, id, roleId, role) => setMember(deps, context, id, roleId, role),
      removeMember: (context, id, roleId) => removeMember(deps, context, id, roleId),
      leaveCell: (context, id) => leaveCell(deps, context, id),
      handOver: (context, id, userId) => handOver(deps, context, id, userId),
      addMounts: (context, id, nodeIds) => addMounts(deps, context, id, nodeIds),
      removeMount: (context, id, nodeId) => dropMount(deps, context, id, nodeId),
    },
    stop: () => losses.stop(),
  };
}
