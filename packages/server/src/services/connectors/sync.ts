/** Brings the accounts of a directory up to date with it. Whoever is not in it any more is disabled, never removed: files and shares stay. */
import type { LdapConnectorSettings, SyncReport } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import { systemContext } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { IdentityService } from '../identity/api.ts';
import type { Accounts, Source } from './accounts.ts';
import type { Profile } from './api.ts';
import type { LdapDirectory } from './ldap.ts';
import * as queries from './queries.ts';
import type { ConnectorLinkRow } from './tables.ts';

export interface SyncDeps {
  readonly sql: SqlStore;
  readonly accounts: Accounts;
  readonly identity: Pick<IdentityService, 'user' | 'updateUser'>;
  readonly clock: Clock;
}

/** A directory that suddenly lacks more than this part of its people is rather broken, or wrongly set up. */
const plausiblePart = 0.5;
/** Below so many nobody can tell. */
const fewPeople = 10;
const mostShown = { problems: 100, changes: 200 };

type Counting = { -readonly [K in keyof SyncReport]: SyncReport[K] };

export class Sync {
  readonly #deps: SyncDeps;

  constructor(deps: SyncDeps) {
    this.#deps = deps;
  }

  /** @throws unavailable, conflict */
  async run(
    source: Source & { readonly settings: LdapConnectorSettings },
    directory: Pick<LdapDirectory, 'everybody'>,
    dryRun: boolean,
    signal?: AbortSignal,
  ): Promise<SyncReport> {
    const report: Counting = {
      ...{ dryRun, seen: 0, created: 0, updated: 0, disabled: 0, enabled: 0, unchanged: 0 },
      ...{ problems: [], changes: [] },
    };
    const seen = new Set<string>();
    for await (const { profile, dn } of directory.everybody()) {
      signal?.throwIfAborted();
      report.seen++;
      if (profile === null) note(report.problems, `${dn}: no id or no login`);
      else if (seen.has(profile.externalId)) note(report.problems, `${dn}: has the id of somebody else`);
      else {
        seen.add(profile.externalId);
        await this.#one(source, profile, report);
      }
    }
    if (source.settings.disableMissing) await this.#missing(source, seen, report, signal);
    return report;
  }

  async #one(source: Source, profile: Profile, report: Counting): Promise<void> {
    try {
      const link = await this.#deps.accounts.link(source.id, profile.externalId);
      const outcome = report.dryRun
        ? await this.#deps.accounts.foresee(source, profile)
        : (await this.#deps.accounts.of(source, profile))?.outcome;
      if (outcome == null) return;
      report[outcome]++;
      if (outcome !== 'unchanged') change(report, profile.login, outcome);
      if (link?.gone === 1) await this.#back(link, profile, report);
    } catch (error) {
      if (!isAppError(error)) throw error;
      note(report.problems, `${profile.login}: ${error.message}`);
    }
  }

  /** Only who was disabled for having left: an administrator's decision stands. */
  async #back(link: ConnectorLinkRow, profile: Profile, report: Counting): Promise<void> {
    report.enabled++;
    change(report, profile.login, 'enabled');
    if (report.dryRun) return;
    await this.#deps.identity.updateUser(systemContext(), link.user_id, { disabled: false });
    await this.#mark(link, 0);
  }

  async #missing(
    source: Source,
    seen: ReadonlySet<string>,
    report: Counting,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const links = await this.#links(source.id);
    const missing = links.filter(
      (link) => link.provisioned === 1 && link.gone === 0 && !seen.has(link.external_id),
    );
    if (missing.length > fewPeople && missing.length > links.length * plausiblePart)
      throw new AppError(
        'conflict',
        `${missing.length} of ${links.length} people would be disabled: nothing was; look at base and filter`,
        { details: { reason: 'too_many_missing' } },
      );
    for (const link of missing) {
      signal?.throwIfAborted();
      const user = await this.#deps.identity.user(link.user_id);
      if (user.disabled) continue;
      report.disabled++;
      change(report, user.login, 'disabled');
      if (report.dryRun) continue;
      try {
        await this.#deps.identity.updateUser(systemContext(), link.user_id, { disabled: true });
        await this.#mark(link, 1);
      } catch (error) {
        if (!isAppError(error, 'conflict')) throw error;
        note(report.problems, `${user.login}: ${error.message}`); // the last administrator
      }
    }
  }

  async #links(connectorId: string): Promise<readonly ConnectorLinkRow[]> {
    const all: ConnectorLinkRow[] = [];
    for (let externalId = ''; ;) {
      const page = await this.#deps.sql.reader.all(queries.linksAfter, { connectorId, externalId });
      all.push(...page);
      const last = page.at(-1);
      if (last === undefined) return all;
      externalId = last.external_id;
    }
  }

  async #mark(link: ConnectorLinkRow, gone: number): Promise<void> {
    const row = { connectorId: link.connector_id, externalId: link.external_id, gone };
    await this.#deps.sql.transaction((tx) => tx.run(queries.markGone, row));
  }
}

function note(problems: string[], text: string): void {
  if (problems.length < mostShown.problems) problems.push(text);
}

function change(report: Counting, login: string, what: string): void {
  if (report.changes.length < mostShown.changes) report.changes.push({ login, change: what });
}
