import { client } from '../api/client.ts';
import { tellError } from '../api/notify.tsx';
import { queryClient } from '../api/query-client.ts';
import { useSession } from './store.ts';

/** Ends the session on the server and forgets everything that was read with it. */
export async function logOut(): Promise<void> {
  try {
    // Whoever acts as somebody else goes back to the own session.
    if (useSession.getState().me?.impersonator) {
      await client.call('stopImpersonating');
      return location.assign('/');
    }
    await client.call('logout');
    useSession.getState().setMe(null);
    queryClient.clear();
  } catch (error) {
    tellError(error);
  }
}
