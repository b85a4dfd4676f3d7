/** `volvox setup`: first-run set-up from a YAML file or from the variables, without a browser. */
import { systemContext, systemPrincipal, type Context } from '../kernel/context.ts';
import { AppError } from '../kernel/errors.ts';
import type { Services } from '../gateways/contract.ts';
import { changeSetting } from '../gateways/recorded-settings.ts';
import type { NewUser } from '../services/identity/api.ts';
import type { Json } from '../stores/config/contract.ts';
import type { Bootstrap } from './bootstrap.ts';
import { openServices } from './opened-services.ts';

export interface SetUpResult {
  readonly login: string;
  readonly users: number;
  readonly settings: number;
}

interface Plan {
  readonly admin: NewUser;
  readonly users: readonly NewUser[];
  readonly settings: Readonly<Record<string, Json>>;
}

/** @param yaml text of the file; null: the variables give the administrator. @throws conflict where it is set up already */
export async function setUpFrom(bootstrap: Bootstrap, yaml: string | null): Promise<SetUpResult> {
  const plan =
    yaml === null ? planOf({ admin: bootstrap.admin ?? missing() }) : planOf(await parseYaml(yaml));
  const opened = await openServices(bootstrap);
  try {
    const { identity, settings } = opened.services;
    if (!(await identity.setupRequired())) throw new AppError('conflict', 'this server is set up already');
    // Settings first: a wrong one leaves the set-up still to be done, so that the mended file can be given again.
    for (const [key, value] of Object.entries(plan.settings)) {
      if (!settings.list().some((setting) => setting.key === key))
        throw new AppError('invalid_input', `settings: unknown setting ${key}`);
      await changeSetting(opened.services, by, key, () => settings.set(key, value, { actor: 'setup' }));
    }
    const admin = await identity.setup({ ...plan.admin, key: null, admin: true });
    await addUsers(identity, plan.users);
    return { login: admin.login, users: plan.users.length, settings: Object.keys(plan.settings).length };
  } finally {
    await opened.close();
  }
}

/** What records name as the one who made them: nobody is signed in. */
const by: Context = {
  ...systemContext('setup'),
  principal: { ...systemPrincipal, login: 'setup' },
  origin: { address: '', userAgent: '' },
};

/** All that can be made; those that can not are named together. */
async function addUsers(identity: Services['identity'], users: readonly NewUser[]): Promise<void> {
  const faults: string[] = [];
  for (const user of users) {
    await identity.createUser(by, user).catch((error: unknown) => {
      faults.push(`${user.login}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  if (faults.length > 0)
    throw new AppError(
      'invalid_input',
      `set up, but not all users could be made ("volvox user add" makes them):\n  ${faults.join('\n  ')}`,
      { details: { faults } },
    );
}

function missing(): never {
  throw new AppError('invalid_input', 'give --from FILE, or VOLVOX_ADMIN_LOGIN and VOLVOX_ADMIN_PASSWORD');
}

async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new AppError(
      'invalid_input',
      `the set-up file is not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function planOf(value: unknown): Plan {
  const file = record(value, 'the set-up file', ['admin', 'users', 'settings']);
  const users = file['users'] ?? [];
  if (!Array.isArray(users)) throw new AppError('invalid_input', 'users: expected a list');
  return {
    admin: userOf(file['admin'], 'admin'),
    users: users.map((user, index) => userOf(user, `users[${index}]`)),
    settings: record(file['settings'] ?? {}, 'settings', null) as Record<string, Json>,
  };
}

function userOf(value: unknown, where: string): NewUser {
  const user = record(value, where, ['login', 'password', 'displayName', 'email', 'admin', 'quota']);
  const text = (key: string): string | undefined => {
    const entry = user[key];
    if (entry !== undefined && typeof entry !== 'string')
      throw new AppError('invalid_input', `${where}.${key}: expected text`);
    return entry;
  };
  const [login, password] = [text('login'), text('password')];
  if (login === undefined || password === undefined)
    throw new AppError('invalid_input', `${where}: login and password are needed`);
  const [displayName, email, quota] = [text('displayName'), text('email'), user['quota']];
  if (quota !== undefined && quota !== null && typeof quota !== 'number')
    throw new AppError('invalid_input', `${where}.quota: expected bytes`);
  return {
    login,
    password,
    ...(displayName === undefined ? {} : { displayName }),
    ...(email === undefined ? {} : { email }),
    ...(user['admin'] === true ? { admin: true } : {}),
    ...(quota === undefined ? {} : { quota }),
  };
}

function record(value: unknown, where: string, allowed: readonly string[] | null): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new AppError('invalid_input', `${where}: expected keys and values`);
  const unknown = Object.keys(value).filter((key) => allowed !== null && !allowed.includes(key));
  if (unknown.length > 0)
    throw new AppError(
      'invalid_input',
      `${where}: unknown ${unknown.join(', ')} (known: ${allowed?.join(', ')})`,
    );
  return { ...value };
}
