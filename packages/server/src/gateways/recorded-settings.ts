/** Changes of settings as every door makes them: with a record of what was before. The settings can't do it, as the audit reads them. */
import type { Context } from '../kernel/context.ts';
import type { SettingInfo } from '../services/settings/api.ts';
import type { Services } from './contract.ts';

/** `change` changes the setting `key`. Of what is shown to nobody no value is recorded. @returns the setting after it */
export async function changeSetting(
  { settings, audit }: Pick<Services, 'settings' | 'audit'>,
  context: Context,
  key: string,
  change: () => Promise<unknown>,
): Promise<SettingInfo> {
  const before = settings.info(key);
  await change();
  const after = settings.info(key);
  await audit.keep(context, {
    kind: 'setting.changed',
    before: { value: shown(before) },
    after: { value: shown(after) },
    details: { key },
  });
  return after;
}

function shown({ sensitive, value }: SettingInfo): SettingInfo['value'] {
  return sensitive ? '(not shown)' : value;
}
