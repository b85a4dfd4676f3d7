/** Starts the services on opened stores, in the order of their needs; the few circular needs are closures over what comes later. */
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { outgoing } from '../kernel/outgoing.ts';
import type { Started } from '../kernel/service.ts';
import type { Services } from '../gateways/contract.ts';
import { startAccess } from '../services/access/service.ts';
import { startActivity } from '../services/activity/service.ts';
import { startAudit } from '../services/audit/service.ts';
import { startCollaboration } from '../services/collaboration/service.ts';
import { startConnectors } from '../services/connectors/service.ts';
import { startContents } from '../services/contents/service.ts';
import { handOverFiles } from '../services/identity/hand-over.ts';
import { startIdentity } from '../services/identity/service.ts';
import { createSecret } from '../services/identity/setup.ts';
import { fencedSql } from '../services/jobs/fence.ts';
import { startJobs } from '../services/jobs/service.ts';
import { startJournal } from '../services/journal/service.ts';
import { startLocks } from '../services/locks/service.ts';
import { startMail } from '../services/mail/service.ts';
import { contentsPlace, type Places } from '../services/migration/moved.ts';
import { holdSettings, holdVault, refuseHalfFilled, settleMove } from '../services/migration/node-side.ts';
import { startOidc } from '../services/oidc/service.ts';
import type { Readiness } from '../services/operations/api.ts';
import type { Metrics } from '../services/operations/metrics.ts';
import { nodeReport, startHealthReports } from '../services/operations/node-health.ts';
import { settingsHash } from '../services/operations/settings-hash.ts';
import { createOperations, type WatchedStore } from '../services/operations/service.ts';
import { startSearch } from '../services/search/service.ts';
import { startSettings } from '../services/settings/service.ts';
import type { TreeDeps } from '../services/tree/core.ts';
import { startSharing } from '../services/sharing/service.ts';
import { readProperties } from '../services/tree/properties.ts';
import { startTree } from '../services/tree/service.ts';
import { startUploads } from '../services/uploads/service.ts';
import { startWorkspaces } from '../services/workspaces/service.ts';
import { storeKinds } from './bootstrap.ts';
import { migrations } from './migrations.ts';
import { Parts } from './parts.ts';
import { isShared, placesOf, type StoreUrls } from './recorded-stores.ts';
import type { Stores } from './stores.ts';
import { version } from './version.ts';

export interface AssembleOptions {
  readonly stores: Stores;
  readonly urls: StoreUrls;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly nodeName: string;
  readonly state: () => Readiness['state'];
  /** Without followers and duties: for commands that only look or change a little. */
  readonly quiet?: boolean;
  /** VOLVOX_URL: what addresses in mails begin with. */
  readonly publicUrl?: string | null;
}

export async function assemble(options: AssembleOptions): Promise<Started<Services>> {
  await options.stores.sql.migrate(migrations, version);
  await refuseHalfFilled(options.stores.sql, options.log, options.quiet === true);
  const places = await settleMove(options, placesOf(options.urls));
  const sql = fencedSql(options.stores.sql);
  const vault = holdVault(options.stores.vault, sql);
  const held = { ...options, stores: { ...options.stores, sql, vault } };
  const parts = new Parts();
  try {
    const base = await startBase(held, parts);
    const files = await startFiles({ ...held, places }, parts, base);
    return { api: await startRest(held, parts, { ...base, ...files }), stop: () => parts.stop() };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

/** Settings, journal and access: what everything else leans on. */
async function startBase(options: AssembleOptions, parts: Parts) {
  const { stores, clock, log, quiet } = options;
  const { sql, broker, registry, config, vault } = stores;
  const settings = holdSettings(
    await parts.keep(startSettings({ config, clock, log: log.child({ service: 'settings' }) })),
    sql,
  );
  const followers = quiet !== true;
  const journal = await parts.keep(
    startJournal({ sql, broker, registry, clock, followers, log: log.child({ service: 'journal' }) }),
  );
  const records = { sql, settings, vault, clock, quiet: !followers };
  const { nodeName } = options;
  const audit = await parts.keep(
    startAudit({ ...records, journal, registry, log: log.child({ service: 'audit' }), nodeName }),
  );
  const mail = await parts.keep(
    startMail({
      ...records,
      sharedKey: (name) => createSecret(vault, name),
      log: log.child({ service: 'mail' }),
      onFailed: (details) => audit.record('system', { kind: 'mail.failed', details }),
    }),
  );
  const access = await parts.keep(
    startAccess({
      sql,
      journal,
      clock,
      log: log.child({ service: 'access' }),
      reloadPrincipal: (reader, principal) => parts.identity.get().reloadPrincipal(reader, principal),
      nodeProperties: readProperties,
    }),
  );
  return { settings, journal, audit, mail, access };
}

type Base = Awaited<ReturnType<typeof startBase>>;

/** Contents, tree and what people are, in their workspaces. */
async function startFiles(
  { stores, urls, places, clock, log, publicUrl = null }: AssembleOptions & { readonly places: Places },
  parts: Parts,
  base: Base,
) {
  const { sql, blobs, vault } = stores;
  const { settings, journal, access } = base;
  const named = (service: string): Logger => log.child({ service });
  const contents = await parts.keep(
    startContents({
      sql,
      blobs,
      place: contentsPlace(places),
      settings,
      clock,
      log: named('contents'),
    }),
  );
  const locks = await parts.keep(startLocks({ sql, clock }));
  const workspaceOfRoot = (rootId: string) => parts.workspaces.get().byRoot(rootId);
  const mountIds: TreeDeps['mountIds'] = (context, workspace) =>
    parts.workspaces.get().mountIds(context, workspace);
  const tree = await parts.keep(
    startTree({
      sql,
      journal,
      access,
      contents,
      locks,
      settings,
      clock,
      log: named('tree'),
      workspaceOfRoot,
      workspacesOfRoots: (rootIds) => parts.workspaces.get().byRoots(rootIds),
      mountIds,
    }),
  );
  const workspaces = await parts.keep(
    startWorkspaces({
      sql,
      access,
      settings,
      journal,
      tree,
      clock,
      log: named('workspaces'),
      receivedBy: (principal) => parts.collaboration.get().received(principal),
    }),
  );
  parts.workspaces.set(workspaces);
  const identity = await parts.keep(
    startIdentity({
      sql,
      access,
      workspaces,
      journal,
      vault,
      sharedVault: isShared(urls.vault),
      settings,
      clock,
      log: named('identity'),
      mail: base.mail,
      handOver: (from, to, asker) => handOverFiles({ access, tree, workspaces }, from, to, asker),
      audit: base.audit,
      publicUrl,
      cellmates: (reader, principal) => parts.collaboration.get().cellmates(reader, principal),
      verifiers: parts.verifiers(),
    }),
  );
  parts.identity.set(identity);
  identity.onUserRemoved((tx, userId) => base.mail.forget(tx, userId));
  return { contents, locks, tree, workspaces, identity };
}

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' };

/** Apps that sign people in here, and providers and directories that people of elsewhere sign in with. */
async function startSignIn(
  options: AssembleOptions,
  parts: Parts,
  started: Base & Awaited<ReturnType<typeof startFiles>>,
) {
  const { stores, clock, log } = options;
  const { sql } = stores;
  const oidc = await parts.keep(
    startOidc({
      ...started,
      sql,
      vault: stores.vault,
      clock,
      log: log.child({ service: 'oidc' }),
      post: async (url, body, signal) => {
        const request = { method: 'POST', headers: formHeaders, body: body.toString(), signal };
        const allowPrivate = started.settings.get('connectors.allowPrivate');
        return (await outgoing(url, request, { allowPrivate })).status;
      },
    }),
  );
  parts.oidc.set(oidc);
  const connectors = await parts.keep(
    startConnectors({
      ...started,
      sql,
      vault: stores.vault,
      clock,
      log: log.child({ service: 'connectors' }),
      publicUrl: options.publicUrl ?? null,
    }),
  );
  parts.connectors.set(connectors);
  return { oidc, connectors };
}

/** What follows the journal, runs on a schedule or only looks. */
async function startRest(
  options: AssembleOptions,
  parts: Parts,
  started: Base & Awaited<ReturnType<typeof startFiles>>,
): Promise<Services> {
  const { stores, clock, log, metrics, state } = options;
  const { sql, registry, documents, cache } = stores;
  const { journal, tree, identity } = started;
  const uploads = await parts.keep(
    startUploads({ ...started, sql, clock, log: log.child({ service: 'uploads' }) }),
  );
  const sharing = await parts.keep(
    startSharing({
      ...started,
      sql,
      clock,
      log: log.child({ service: 'sharing' }),
      publicUrl: options.publicUrl ?? null,
    }),
  );
  parts.sharing.set(sharing);
  const collaboration = await parts.keep(
    startCollaboration({ ...started, sql, clock, publicUrl: options.publicUrl ?? null }),
  );
  parts.collaboration.set(collaboration);
  if (!(await identity.setupRequired())) await started.workspaces.ensureReceived();
  const { oidc, connectors } = await startSignIn(options, parts, started);
  const search = await parts.keep(startSearch({ ...started, documents }));
  const activity = await parts.keep(startActivity({ documents, journal, tree, identity }));
  const jobs = await parts.keep(
    startJobs({
      sql,
      registry,
      clock,
      log: log.child({ service: 'jobs' }),
      nodeName: options.nodeName,
      quiet: options.quiet === true,
    }),
  );
  const operations = createOperations({
    stores: watchedStores(options),
    registry,
    documents,
    journal,
    jobs,
    contents: started.contents,
    settings: started.settings,
    metrics,
    clock,
    state,
    reportOf: (nodeName) => nodeReport(cache, nodeName),
  });
  // A node by itself has nobody to tell.
  if (options.quiet !== true && isShared(options.urls.cache))
    await parts.keep(
      startHealthReports({
        cache,
        nodeName: options.nodeName,
        readiness: () => operations.readiness(),
        settingsHash: () => settingsHash(started.settings),
        clock,
      }),
    );
  return {
    ...started,
    uploads,
    collaboration,
    sharing,
    search,
    activity,
    jobs,
    oidc,
    connectors,
    operations,
  };
}

/** Contents and SQL are needed to serve; everything else only degrades a node. */
const neededStores = new Set(['sql', 'blobs']);

function watchedStores({ stores, urls }: AssembleOptions): WatchedStore[] {
  return storeKinds.map((kind) => ({
    kind,
    driver: urls[kind].scheme,
    url: urls[kind].toString(),
    needed: neededStores.has(kind),
    ping: () => stores[kind].ping(),
  }));
}
