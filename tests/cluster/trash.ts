import type { Target } from '../harness/server-process.ts';

/** What lies in a workspace's trash: node id -> bytes. */
export async function trashOf(target: Target, workspaceId: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(target, workspaceId, cursor);
    for (const node of page.items) sizes.set(node.id, node.size);
    cursor = page.next;
  }
  return sizes;
}

function pageOf(target: Target, id: string, cursor: string) {
  const query = { limit: 1000, ...(cursor === '' ? {} : { cursor }) };
  return target.client.call('listTrash', { params: { id }, query });
}
