import type { User } from '@volvox/api';
import { isApiError, type Client } from '@volvox/client';
import { UsageError } from './exit.ts';

/** By login, for administrators. @throws UsageError if there is none */
export async function findUser(client: Client, login: string): Promise<User> {
  const { items } = await client.call('listUsers', { query: { q: login, limit: 1000 } });
  const found = items.find((user) => user.login.toLowerCase() === login.toLowerCase());
  if (found === undefined)
    throw new UsageError(`no user has the login ${login}; "volvox user list" shows all`);
  return found;
}

/** The id of a user that the asker can see, by login; who manages nobody finds by the search for people. */
export async function findPerson(client: Client, login: string): Promise<string> {
  try {
    return (await findUser(client, login)).id;
  } catch (error) {
    if (!isApiError(error, 'forbidden')) throw error;
  }
  const { items } = await client.call('searchPeople', { query: { q: login, limit: 50 } });
  const wanted = login.toLowerCase();
  const found = items.find(({ kind, detail }) => kind === 'user' && detail?.toLowerCase() === wanted);
  if (found === undefined) throw new UsageError(`nobody whom you can see has the login ${login}`);
  return found.id;
}
