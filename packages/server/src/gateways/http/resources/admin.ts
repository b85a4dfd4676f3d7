import type { Setting } from '@volvox/api';
import type { Static } from 'typebox';
import { AppError } from '../../../kernel/errors.ts';
import type { SettingInfo } from '../../../services/settings/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';

type Names =
  | 'status'
  | 'listLogs'
  | 'listRuns'
  | 'runJob'
  | 'rebuildFollower'
  | 'listSettings'
  | 'setSetting'
  | 'unsetSetting'
  | 'settingHistory';

export function adminHandlers({ operations, jobs, journal, settings }: Services): Pick<Handlers, Names> {
  return {
    status: () => operations.status(),
    async listLogs(call) {
      const { q, cursor, limit: _limit, ...rest } = call.query;
      const page = await operations.logs(given({ ...rest, text: q }), limitOf(call.query), cursor);
      return { items: [...page.items], next: page.next };
    },
    async listRuns(call) {
      const { job, cursor } = call.query;
      const page = await jobs.runs({ limit: limitOf(call.query), ...given({ job, cursor }) });
      return { items: [...page.items], next: page.next };
    },
    runJob: (call) => jobs.runNow(call.params.name),
    async rebuildFollower(call) {
      const { name } = call.params;
      const known = (await journal.followers()).some((follower) => follower.name === name);
      if (!known) throw new AppError('not_found', `there is no follower ${name}`);
      // It may take hours; how it goes is in `status`.
      journal
        .rebuild(name)
        .catch((error: unknown) => call.scope.log.error({ err: error, follower: name }, 'rebuilding failed'));
      return { started: true };
    },
    listSettings: async () => ({ items: settings.list().map(presentSetting) }),
    async setSetting(call) {
      const { value, revision } = call.body;
      const options = {
        actor: call.context.principal.userId,
        ...(revision === undefined ? {} : { revision }),
      };
      return presentSetting(
        await settings.set(call.params.key, value as Parameters<typeof settings.set>[1], options),
      ); // the edge: parsed from JSON
    },
    unsetSetting: (call) => settings.unset(call.params.key, call.context.principal.userId),
    settingHistory: async (call) => ({
      items: (await settings.history(call.params.key)).map((entry) => ({
        ...entry,
        value: entry.value ?? null,
      })),
    }),
  };
}

function presentSetting(info: SettingInfo): Static<typeof Setting> {
  return { ...info };
}
