import type { Setting } from '@volvox/api';
import type { Static } from 'typebox';
import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { SettingInfo } from '../../../services/settings/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';

type Names = 'listSettings' | 'setSetting' | 'unsetSetting' | 'settingHistory';
type Value = SettingInfo['value'];

export function settingHandlers(services: Services): Pick<Handlers, Names> {
  const { settings, audit, identity } = services;
  const changed = async (context: Context, before: SettingInfo): Promise<void> => {
    const after = settings.info(before.key);
    const shown = ({ sensitive, value }: SettingInfo): Value => (sensitive ? '(not shown)' : value);
    await audit.keep(context, {
      kind: 'setting.changed',
      before: { value: shown(before) },
      after: { value: shown(after) },
      details: { key: before.key },
    });
  };
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
      const before = settings.info(key);
      const after = await settings.set(key, value as Value, options); // the edge: parsed from JSON
      await changed(call.context, before);
      return present(after);
    },
    async unsetSetting(call) {
      await requireProof(call.context, call.params.key);
      const before = settings.info(call.params.key);
      await settings.unset(call.params.key, call.context.principal.userId);
      await changed(call.context, before);
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
