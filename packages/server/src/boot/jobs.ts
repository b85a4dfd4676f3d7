/** The duties of a node: what is done on a schedule, once in the cluster. */
import type { LogDocuments, ActivityDocuments } from '../stores/documents/contract.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Services } from '../gateways/contract.ts';

const hour = 3_600_000;
const day = 24 * hour;

interface Records {
  readonly logs: LogDocuments;
  readonly activity: ActivityDocuments;
}

export function defineJobs(services: Services, documents: Records, clock: Clock): void {
  tidyFiles(services);
  tidyPeople(services);
  tendLinks(services);
  tendProvider(services);
  tidyRecords(services, documents, clock);
}

/** Of the settings in days, 0 keeps for good. */
async function older(days: number, remove: (ms: number) => Promise<number>): Promise<number> {
  return days === 0 ? 0 : remove(days * day);
}

function tidyFiles({ jobs, tree, contents, uploads, settings }: Services): void {
  jobs.define({
    name: 'contents.collect',
    schedule: '0 17 */3 * * *',
    run: async ({ signal }) => ({
      ...(await contents.collect(settings.get('contents.graceHours') * hour, signal)),
    }),
  });
  jobs.define({
    name: 'contents.scrub',
    schedule: '40 */10 * * * *',
    keepMs: day,
    run: async ({ signal }) => {
      const days = settings.get('contents.scrubDays');
      // A few turns fewer than there will be: those that fail are made good for.
      const round = { roundMs: days * day, turns: days * 24 * 5 };
      return days === 0 ? {} : { ...(await contents.scrub(round, signal)) };
    },
  });
  jobs.define({
    name: 'tree.sizes',
    schedule: '*/10 * * * * *',
    keepMs: hour,
    run: async ({ signal }) => ({ rows: await tree.rollUpSizes(signal) }),
  });
  jobs.define({
    name: 'tree.finish-interrupted',
    schedule: '0 */10 * * * *',
    run: async ({ signal }) => ({ finished: await tree.finishInterrupted(signal) }),
  });
  jobs.define({
    name: 'trash.expire',
    schedule: '0 7 * * * *',
    run: async ({ signal }) => ({
      purged: await older(settings.get('trash.keepDays'), (ms) => tree.expireTrash(ms, signal)),
    }),
  });
  jobs.define({
    name: 'versions.expire',
    schedule: '0 27 * * * *',
    run: async ({ signal }) => {
      const policy = {
        keepDays: settings.get('versions.keepDays'),
        keepLast: settings.get('versions.keepLast'),
      };
      return { removed: await older(policy.keepDays, () => tree.expireVersions(policy, signal)) };
    },
  });
  jobs.define({
    name: 'uploads.expire',
    schedule: '0 */15 * * * *',
    run: async ({ signal }) => ({ removed: await uploads.expire(signal) }),
  });
}

function tendLinks({ jobs, sharing, collaboration }: Services): void {
  jobs.define({
    name: 'shares.expire',
    schedule: '0 32 * * * *',
    run: async () => ({ removed: await collaboration.expire() }),
  });
  jobs.define({
    name: 'shares.review',
    schedule: '45 * * * * *',
    keepMs: hour,
    run: async ({ signal }) => ({ batches: await collaboration.finishReviews(signal) }),
  });
  jobs.define({
    name: 'links.notify',
    schedule: '30 */2 * * * *',
    keepMs: hour,
    run: async () => ({ told: await sharing.notify() }),
  });
  jobs.define({
    name: 'links.receipts',
    schedule: '15 * * * * *',
    keepMs: hour,
    run: async ({ signal }) => ({ hashed: await sharing.hashReceipts(signal) }),
  });
  jobs.define({
    name: 'links.expire',
    schedule: '0 42 * * * *',
    run: async () => ({ removed: await sharing.expire() }),
  });
}

function tendProvider({ jobs, oidc, connectors }: Services): void {
  jobs.define({
    name: 'connectors.sync',
    schedule: '0 6,36 * * * *',
    run: async ({ signal }) => ({ ...(await connectors.syncDue(signal)) }),
  });
  jobs.define({
    name: 'oidc.logouts',
    schedule: '*/10 * * * * *',
    keepMs: hour,
    run: async ({ signal }) => ({ ...(await oidc.sendLogouts(signal)) }),
  });
  jobs.define({
    name: 'oidc.keys',
    schedule: '0 22 * * * *',
    run: async () => ({ ...(await oidc.rotateKeys()) }),
  });
  jobs.define({
    name: 'oidc.expire',
    schedule: '0 52 * * * *',
    run: async () => ({ removed: await oidc.expire() }),
  });
}

function tidyPeople({ jobs, identity, locks }: Services): void {
  jobs.define({
    name: 'identity.expire',
    schedule: '0 37 * * * *',
    run: async () => ({ removed: await identity.expire() }),
  });
  jobs.define({
    name: 'people.index',
    schedule: '0 */10 * * * *',
    keepMs: hour,
    run: async () => ({ indexed: await identity.people.index() }),
  });
  jobs.define({
    name: 'locks.expire',
    schedule: '0 */15 * * * *',
    run: async () => ({ removed: await locks.expire() }),
  });
}

function tidyRecords(services: Services, documents: Records, clock: Clock): void {
  const { jobs, settings, mail, audit } = services;
  jobs.define({
    name: 'audit.checkpoint',
    schedule: '30 */10 * * * *',
    keepMs: day,
    run: async () => {
      await audit.checkpoint();
      return {};
    },
  });
  jobs.define({
    name: 'audit.expire',
    schedule: '0 23 2 * * *',
    run: async ({ signal }) => ({ removed: await audit.expire(signal) }),
  });
  jobs.define({
    name: 'mail.expire',
    schedule: '0 42 * * * *',
    run: async () => ({ removed: await mail.expire() }),
  });
  jobs.define({
    name: 'logs.expire',
    schedule: '0 47 * * * *',
    run: async () => ({
      removed: await older(settings.get('logs.keepDays'), (ms) => documents.logs.purge(clock.now() - ms)),
    }),
  });
  jobs.define({
    name: 'activity.expire',
    schedule: '0 57 3 * * *',
    run: async () => ({
      removed: await older(settings.get('activity.keepDays'), (ms) =>
        documents.activity.purge(clock.now() - ms),
      ),
    }),
  });
  jobs.define({
    name: 'jobs.expire',
    schedule: '0 12 * * * *',
    run: async () => ({ removed: await older(settings.get('jobs.keepDays'), (ms) => jobs.expire(ms)) }),
  });
}
