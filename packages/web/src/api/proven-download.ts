import { useSession } from '../session/store.ts';
import { client } from './client.ts';

/**
 * Saves what needs a confirmation. The browser fetches it by itself, straight to disk, so nothing of ours could ask when it is refused: the
 * confirmation comes first. @returns whether it began
 */
export async function provenDownload(address: string, name = ''): Promise<boolean> {
  const { holds } = await client.call('proofState');
  if (!holds && !(await useSession.getState().confirm())) return false;
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  return true;
}
