/** Starts the services on opened stores, in the order of their needs; the few circular needs are closures over what comes later. */
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Started } from '../kernel/service.ts';
import type { Services } from '../gateways/contract.ts';
import type { Migration } from '../stores/sql/contract.ts';
import { accessMigrations } from '../services/access/migrations.ts';
import { startAccess } from '../services/access/service.ts';
import { startActivity } from '../services/activity/service.ts';
import { contentsMigrations } from '../services/contents/migrations.ts';
import { startContents } from '../services/contents/service.ts';
import type { IdentityService, PrincipalReloader } from '../services/identity/api.ts';
import { identityMigrations } from '../services/identity/migrations.ts';
import { startIdentity } from '../services/identity/service.ts';
import { jobsMigrations } from '../services/jobs/migrations.ts';
import { startJobs } from '../services/jobs/service.ts';
import { journalMigrations } from '../services/journal/migrations.ts';
import { startJournal } from '../services/journal/service.ts';
import { locksMigrations } from '../services/locks/migrations.ts';
import { startLocks } from '../services/locks/service.ts';
import type { Readiness } from '../services/operations/api.ts';
import type { Metrics } from '../services/operations/metrics.ts';
import { createOperations, type WatchedStore } from '../services/operations/service.ts';
import { startSearch } from '../services/search/service.ts';
import { startSettings } from '../services/settings/service.ts';
import type { TreeService } from '../services/tree/api.ts';
import { treeMigrations } from '../services/tree/migrations.ts';
import { startTree } from '../services/tree/service.ts';
import { uploadsMigrations } from '../services/uploads/migrations.ts';
import { startUploads } from '../services/uploads/service.ts';
import type { WorkspacesService } from '../services/workspaces/api.ts';
import { workspacesMigrations } from '../services/workspaces/migrations.ts';
import { startWorkspaces } from '../services/workspaces/service.ts';
import type { Stores } from './stores.ts';

/** Every migration of every service, in the order of application. */
export const migrations: readonly Migration[] = [
  ...journalMigrations,
  ...jobsMigrations,
  ...accessMigrations,
  ...identityMigrations,
  ...workspacesMigrations,
  ...contentsMigrations,
  ...treeMigrations,
  ...locksMigrations,
  ...uploadsMigrations,
].sort((a, b) => (a.name < b.name ? -1 : 1));

export interface AssembleOptions {
  readonly stores: Stores;
  readonly watched: readonly WatchedStore[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly nodeName: string;
  readonly state: () => Readiness['state'];
  /** Without followers and duties: for commands that only look or change a little. */
  readonly quiet?: boolean;
}

/** A service that is needed before it is started. */
class Later<T> {
  private value: T | null = null;
  set(value: T): T {
    this.value = value;
    return value;
  }
  get(): T {
    if (this.value === null) throw new AppError('internal', 'a service was called before it was started');
    return this.value;
  }
}

export async function assemble(options: AssembleOptions): Promise<Started<Services>> {
  const { stores, clock, log } = options;
  const { sql, broker, registry, documents, vault, blobs, config } = stores;
  await sql.migrate(migrations);
  const stops: (() => Promise<void>)[] = [];
  const keep = async <Api>(starting: Started<Api> | Promise<Started<Api>>): Promise<Api> => {
    const started = await starting;
    stops.push(() => started.stop());
    return started.api;
  };
  const stop = async (): Promise<void> => {
    for (const end of stops.reverse()) await end();
  };
  const named = (service: string): Logger => log.child({ service });
  const identityLater = new Later<IdentityService & PrincipalReloader>();
  const workspacesLater = new Later<WorkspacesService>();
  const treeLater = new Later<TreeService>();

  try {
    const settings = await keep(startSettings({ config, clock, log: named('settings') }));
    const journal = await keep(
      startJournal({
        sql,
        broker,
        registry,
        clock,
        log: named('journal'),
        ...(options.quiet ? { followers: false } : {}),
      }),
    );
    const access = await keep(
      startAccess({
        sql,
        journal,
        clock,
        log: named('access'),
        reloadPrincipal: (reader, principal) => identityLater.get().reloadPrincipal(reader, principal),
      }),
    );
    const contents = await keep(startContents({ sql, blobs, settings, clock, log: named('contents') }));
    const locks = await keep(startLocks({ sql, clock }));
    const tree = treeLater.set(
      await keep(
        startTree({
          sql,
          journal,
          access,
          contents,
          locks,
          settings,
          clock,
          log: named('tree'),
          workspaceOfRoot: (rootId) => workspacesLater.get().byRoot(rootId),
        }),
      ),
    );
    const workspaces = workspacesLater.set(
      await keep(startWorkspaces({ sql, access, journal, tree, clock, log: named('workspaces') })),
    );
    const identity = identityLater.set(
      await keep(
        startIdentity({ sql, access, workspaces, journal, vault, settings, clock, log: named('identity') }),
      ),
    );
    const uploads = await keep(
      startUploads({ sql, tree, contents, access, settings, clock, log: named('uploads') }),
    );
    const search = await keep(startSearch({ documents, journal, tree, workspaces }));
    const activity = await keep(startActivity({ documents, journal, tree, identity }));
    const jobs = await keep(
      startJobs({ sql, registry, clock, log: named('jobs'), nodeName: options.nodeName }),
    );
    const operations = createOperations({
      stores: options.watched,
      registry,
      documents,
      journal,
      jobs,
      metrics: options.metrics,
      clock,
      state: options.state,
    });
    return {
      api: {
        access,
        activity,
        contents,
        identity,
        jobs,
        journal,
        locks,
        operations,
        search,
        settings,
        tree,
        uploads,
        workspaces,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
