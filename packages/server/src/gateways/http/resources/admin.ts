import type { CheckReport } from '@volvox/api';
import type { Static } from 'typebox';
import { AppError, isAppError } from '../../../kernel/errors.ts';
import type { CheckFinding } from '../../../services/contents/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';

type Names = 'status' | 'listLogs' | 'listRuns' | 'runJob' | 'rebuildFollower' | 'runCheck';

/** Findings in one answer; all of them are counted. */
const shownFindings = 1_000;

export function adminHandlers(services: Services): Pick<Handlers, Names> {
  const { operations, jobs, journal } = services;
  return {
    runCheck: (call) => runCheck(services, call),
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
  };
}

/** The tree first: what it lets go of, contents then sees. May take hours, during which the connection is silent. */
async function runCheck(
  { tree, contents }: Services,
  call: Parameters<Handlers['runCheck']>[0],
): Promise<Static<typeof CheckReport>> {
  const { deep = false, repair = false } = call.body;
  call.scope.raw.socket.setTimeout(0);
  const report: Static<typeof CheckReport> = { findings: [], total: 0, repaired: 0 };
  for (const findings of [tree.check({ repair }), contents.check({ deep, repair })]) {
    for await (const finding of untilDamage(findings)) {
      call.context.signal.throwIfAborted();
      report.total++;
      if (repair && finding.repairable) report.repaired++;
      if (report.findings.length < shownFindings) report.findings.push({ ...finding });
    }
  }
  return report;
}

/** A check that stumbles over damage of the database ends there, and says so. */
async function* untilDamage(findings: AsyncIterable<CheckFinding>): AsyncGenerator<CheckFinding> {
  try {
    yield* findings;
  } catch (error) {
    if (!isAppError(error, 'corrupt')) throw error;
    yield { kind: 'database', id: 'sql', detail: `the check ends here: ${error.message}`, repairable: false };
  }
}
