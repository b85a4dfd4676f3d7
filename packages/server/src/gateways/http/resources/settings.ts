import type { Setting } from '@volvox/api';
import type { Static } from 'typebox';
import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { SettingInfo } from '../../../services/settings/api.ts';
import type { Services } from '../../contract.ts';
import { changeSetting } from '../../recorded-settings.ts';
import type { Handlers } from '../handler.ts';

type Names = 'listSettings' | 'setSetting' | 'unsetSetting' | 'settingHistory';

export function settingHandlers(services: Services): Pick<Handlers, Names> {
  const { settings, identity } = services;
  /** What is dangerous is not for a browser that was left open. */
  const requireProof = async (context: Context, key: string): Promise<void> => {
    if (settings.info(key).needsProof) await identity.signIn.requireProof(context);
  };
  return {
    listSettings: async () => ({ items: settings.list().map(present) }),
    async setSetting(call) {
      const { value, revision } = call.body;
      const { key } = call.params;
      await requireProof(call.context, key);
      await requireRoles(services, settings.info(key), value);
      const options = {
        actor: call.context.principal.userId,
        ...(revision === undefined ? {} : { revision }),
      };
      // the edge: parsed from JSON
      const change = (): Promise<unknown> => settings.set(key, value as SettingInfo['value'], options);
      return present(await changeSetting(services, call.context, key, change));
    },
    async unsetSetting(call) {
      const { key } = call.params;
      await requireProof(call.context, key);
      const actor = call.context.principal.userId;
      await changeSetting(services, call.context, key, () => settings.unset(key, actor));
    },
    settingHistory: async (call) => ({
      items: (await settings.history(call.params.key)).map((entry) => ({
        ...entry,
        value: entry.value ?? null,
        removed: entry.value === undefined,
      })),
    }),
  };
}

/**
 * A slip of the pen would ask nobody for a second factor. One that was taken before stays: its role may be gone since, which does no harm, as
 * nobody has it. What is no list of texts is refused by the setting itself.
 */
async function requireRoles(
  { access, identity }: Services,
  { key, type, value: present }: SettingInfo,
  value: unknown,
): Promise<void> {
  if (type.kind !== 'list' || type.of !== 'role') return;
  const known: readonly unknown[] = [
    ...type.names,
    await access.adminsRoleId(),
    ...(Array.isArray(present) ? present : []),
  ];
  const named = Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  const asked = named.filter((each) => !known.includes(each));
  if (asked.length === 0) return;
  const subjects = await identity.subjects(null, asked);
  const [missing] = asked.filter((each) => !subjects.has(each));
  if (missing !== undefined)
    throw new AppError(
      'invalid_input',
      `there is no role "${missing}": ${['ids of roles', ...type.names].join(', ')}`,
      { details: { key, role: missing } },
    );
}

function present({ needsProof: _proof, ...info }: SettingInfo): Static<typeof Setting> {
  return info;
}
