import type { Workspace } from '@volvox/api';
import { useMatch } from 'react-router';
import { useNode, useWorkspaces } from '../api/queries.ts';

/** The workspace that the page is about, else the first. */
export function useHere(): Workspace | undefined {
  const files = useMatch('/files/:id');
  const trash = useMatch('/trash/:id');
  const workspaces = useWorkspaces().data;
  const node = useNode(files?.params.id).data;
  const id = trash?.params.id ?? node?.workspaceId;
  return workspaces?.find((workspace) => workspace.id === id) ?? workspaces?.[0];
}
