import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { RegistryStore } from '../../stores/registry/contract.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { JournalService } from '../journal/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { AuditService, AuditSource, AuditStatus, AuditVerdict } from './api.ts';
import { sealJournal } from './chain.ts';
import { chainItems } from './chain-items.ts';
import { expireEvents } from './expiry.ts';
import { exportCsv, exportLines } from './export.ts';
import { Gatherer, readerKey } from './gatherer.ts';
import { countPending, readChain, streamOf } from './queries.ts';
import { Recorder } from './recorder.ts';
import { Sealer } from './sealer.ts';
import { search } from './search.ts';
import { Signer } from './signer.ts';
import { Stream, type Sink } from './streams.ts';
import { openSyslog, parseSyslog } from './syslog.ts';
import { verifyChain } from './verify.ts';
import { openWebhook } from './webhook.ts';

export interface AuditDeps {
  readonly sql: SqlStore;
  readonly journal: Pick<JournalService, 'follow' | 'settled'>;
  readonly registry: RegistryStore;
  readonly settings: SettingsService;
  readonly vault: VaultStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeName: string;
  /** Events are kept, but nothing is chained here (one-off commands beside or without a server). */
  readonly quiet?: boolean;
}

const day = 24 * 3_600_000;
const followerBatch = 200;
const webhookSecret = 'audit/webhook-secret';

export function startAudit(deps: AuditDeps): Started<AuditService> {
  const audit = new Audit(deps);
  audit.start();
  return { api: audit, stop: () => audit.stop() };
}

/** The audit log of this node: what it records, chains, signs and hands on. */
class Audit implements AuditService {
  readonly #deps: AuditDeps;
  readonly #signer: Signer;
  readonly #sealer: Sealer;
  readonly #recorder: Recorder;
  readonly #gatherer: Gatherer;
  readonly #streams: readonly Stream[];
  #forget: () => void = () => undefined;

  constructor(deps: AuditDeps) {
    const { sql, log } = deps;
    this.#deps = deps;
    this.#signer = new Signer(deps);
    const sealed = (): void => this.#streams.forEach((stream) => stream.ring());
    this.#sealer = new Sealer({ sql, log, sealed, signer: this.#signer });
    this.#recorder = new Recorder({ ...deps, kept: () => this.#sealer.ring() });
    this.#gatherer = new Gatherer((source, event) => this.#recorder.record(source, event));
    this.#streams = [
      new Stream('syslog', () => this.#openSyslog(), deps),
      new Stream('webhook', () => this.#openWebhook(), deps),
    ];
  }

  start(): void {
    if (this.#deps.quiet === true) return;
    this.#sealer.start();
    for (const stream of this.#streams) stream.start();
    this.#forget = this.#deps.settings.onChange((key) => {
      if (key.startsWith('audit.')) this.#streams.forEach((stream) => stream.reopen());
    });
    this.#deps.journal.follow({
      name: 'audit',
      batchSize: followerBatch,
      // A chain with a hole proves nothing.
      mustNotSkip: true,
      handle: async (rows) => {
        const sealed = await this.#deps.sql.transaction((tx) => sealJournal(tx, rows));
        if (sealed.rows === 0) return;
        this.#streams.forEach((stream) => stream.ring());
        await this.#sealer.signIfMany(sealed.unsigned);
      },
    });
  }

  async stop(): Promise<void> {
    this.#forget();
    this.#gatherer.flush();
    await this.#recorder.stop();
    if (this.#deps.quiet === true) return;
    await Promise.all(this.#streams.map((stream) => stream.stop()));
    await this.#sealer.stop();
  }

  record(...[source, event]: Parameters<AuditService['record']>): void {
    this.#recorder.record(source, event);
  }

  keep(...[source, event]: Parameters<AuditService['keep']>): Promise<void> {
    return this.#recorder.keep(source, event);
  }

  append(...[tx, source, event]: Parameters<AuditService['append']>): Promise<void> {
    return this.#recorder.append(tx, source, event);
  }

  read(...[source, { nodeId, workspaceId, versionId, bytes }]: Parameters<AuditService['read']>): void {
    const wanted = this.#deps.settings.get('audit.reads');
    const byLink = typeof source === 'object' && 'principal' in source && source.principal.via === 'link';
    if (wanted === 'off' || (wanted === 'links' && !byLink)) return;
    const details = {
      ...(versionId === undefined ? {} : { versionId }),
      ...(byLink ? { linkId: source.principal.userId } : {}),
    };
    const event = { kind: 'content.read', nodeId, workspaceId: workspaceId ?? null, details } as const;
    this.#gatherer.add(`read:${readerKey(source)}:${nodeId}:${versionId ?? ''}`, source, event, bytes);
  }

  async denied(source: AuditSource, denial: Parameters<AuditService['denied']>[1]): Promise<void> {
    const { permission, nodeId, route } = denial;
    const details = { permission, ...(route === undefined ? {} : { route }) };
    const event = { kind: 'access.denied', nodeId: nodeId ?? null, details } as const;
    const key = `denied:${readerKey(source)}:${permission}:${route ?? ''}`;
    if (!this.#gatherer.follows(key, source, event)) return;
    const first = { ...event, details: { ...details, count: 1 } };
    await this.#recorder.keep(source, first).catch((error: unknown) => {
      this.#deps.log.warn({ err: error }, 'a refusal could not be kept yet');
    });
  }

  async query(...[filter, limit, cursor]: Parameters<AuditService['query']>) {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : cursorOf(cursor);
    const rows = await search(this.#deps.sql, filter, before, limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, next: rows.length > limit && last !== undefined ? String(last.seq) : null };
  }

  async *export(...[format, filter, signal]: Parameters<AuditService['export']>): AsyncGenerator<string> {
    const { sql } = this.#deps;
    if (format === 'csv') yield* exportCsv(sql, filter, signal);
    else yield* exportLines(sql, this.#signer, filter, signal);
  }

  async verify(signal: AbortSignal): Promise<AuditVerdict> {
    const { sql } = this.#deps;
    const key = await this.#signer.publicKey();
    // Before the head: a checkpoint that is signed meanwhile would be of a later one.
    const remembered = await this.#signer.remembered();
    const chain = await sql.reader.get(readChain, {});
    const head = { seq: chain?.seq ?? 0, hash: chain?.hash ?? '' };
    return verifyChain(chainItems(sql, head.seq, signal), {
      keys: new Map([[key.id, key.publicKey]]),
      head,
      remembered,
    });
  }

  async status(): Promise<AuditStatus> {
    const { sql } = this.#deps;
    const chain = await sql.reader.get(readChain, {});
    const head = chain?.seq ?? 0;
    const streams: { name: string; position: number; lag: number; error: string | null }[] = [];
    for (const { name } of this.#streams) {
      const row = this.#wanted(name) ? await sql.reader.get(streamOf, { name }) : undefined;
      if (row === undefined) continue;
      streams.push({ name, position: row.position, lag: head - row.position, error: row.error });
    }
    return {
      head,
      signedUpTo: chain === undefined || chain.signed_seq === 0 ? null : chain.signed_seq,
      pending: (await sql.reader.get(countPending, {}))?.count ?? 0,
      keys: [await this.#signer.publicKey()],
      streams,
    };
  }

  async checkpoint(): Promise<void> {
    await this.#signer.sign();
  }

  async setWebhookSecret(secret: string | null): Promise<void> {
    const { vault } = this.#deps;
    await (secret === null ? vault.delete(webhookSecret) : vault.put(webhookSecret, secret));
    for (const stream of this.#streams) stream.reopen();
  }

  async expire(signal: AbortSignal): Promise<number> {
    const { sql, clock, settings } = this.#deps;
    const keep = settings.get('audit.keepDays');
    if (keep === 0) return 0;
    return expireEvents({ sql, clock, signer: this.#signer }, clock.now() - keep * day, signal);
  }

  async settled(signal?: AbortSignal): Promise<void> {
    this.#gatherer.flush();
    await this.#recorder.flush();
    if (this.#deps.quiet === true) return;
    await this.#deps.journal.settled(signal);
    await this.#sealer.seal();
  }

  #wanted(stream: string): boolean {
    return this.#deps.settings.get(stream === 'syslog' ? 'audit.syslog' : 'audit.webhook') !== '';
  }

  async #openSyslog(): Promise<Sink | null> {
    const text = this.#deps.settings.get('audit.syslog');
    return text === '' ? null : openSyslog(parseSyslog(text), this.#deps.nodeName);
  }

  async #openWebhook(): Promise<Sink | null> {
    const { settings, vault, clock } = this.#deps;
    const url = settings.get('audit.webhook');
    if (url === '') return null;
    const secret = await vault.get(webhookSecret);
    if (secret === null) throw new Error('the webhook has no secret to sign with yet');
    const insidersAllowed = settings.get('audit.webhookInside');
    return openWebhook({ url, secret, clock, insidersAllowed });
  }
}

/** Whatever else is sent begins at the newest. */
function cursorOf(text: string): number {
  const seq = Number(text);
  return Number.isSafeInteger(seq) && seq > 0 ? seq : Number.MAX_SAFE_INTEGER;
}
