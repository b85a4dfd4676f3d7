import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import { checkAddress } from './addresses.ts';
import type { MailMessage, MailService, QueuedMail } from './api.ts';
import {
  deleteEnded,
  deleteMail,
  forgetFailed,
  giveUpOld,
  insertMail,
  mailById,
  mailsBefore,
  mailsOfStateBefore,
  mailsWaitingFor,
  retryMail,
} from './queries.ts';
import { composeMail } from './compose.ts';
import { QueueKeys, type QueueKeysDeps } from './queue-keys.ts';
import { changeSecrets, keptSecrets } from './secrets.ts';
import { Sender } from './sender.ts';
import { explain, MailServer } from './smtp.ts';
import type { MailQueueTable } from './tables.ts';
import { forgetWishes, isWanted, setWishes, wishesOf } from './wishes.ts';

export interface MailDeps {
  readonly sql: SqlStore;
  readonly settings: SettingsService;
  readonly vault: VaultStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sharedKey: QueueKeysDeps['sharedKey'];
  /** Nothing is sent here (one-off commands beside or without a server). */
  readonly quiet?: boolean;
  /** A message was given up; for the audit log. */
  readonly onFailed?: (mail: {
    readonly id: string;
    readonly template: string;
    readonly error: string;
  }) => void;
}

const day = 24 * 3_600_000;
/** Longer than that nobody waits for a message: its links have ended. */
const longestWaitMs = 7 * day;

export async function startMail(deps: MailDeps): Promise<Started<MailService>> {
  const keys = await QueueKeys.open(deps);
  const server = new MailServer(deps);
  const sender = new Sender({ ...deps, server, keys });
  const forget = deps.settings.onChange((key) => {
    if (!key.startsWith('mail.')) return;
    server.forget();
    sender.wake();
  });
  if (deps.quiet !== true) sender.start();
  return {
    api: serviceOf(deps, keys, server, sender),
    stop: async () => {
      forget();
      await sender.stop();
      server.forget();
    },
  };
}

function serviceOf(deps: MailDeps, keys: QueueKeys, server: MailServer, sender: Sender): MailService {
  const { sql, clock, settings } = deps;
  return {
    async enqueue(tx, message, wish) {
      if (wish !== undefined && !(await isWanted(tx, wish))) return;
      await enqueue(tx, message, clock.now(), keys);
      tx.afterCommit(() => sender.wake());
    },
    configured: () => server.configured(),
    async test(to, locale) {
      if (!server.configured())
        throw new AppError('invalid_input', 'say which mail server and which sender to use first', {
          details: { reason: 'mail_not_configured' },
        });
      const data = { server: settings.get('mail.host'), at: clock.now() };
      const message: MailMessage = { to: checkAddress(to), template: 'test', locale, data };
      try {
        await server.send(composeMail(message, settings), newId());
      } catch (error) {
        throw new AppError('unavailable', `the mail server did not take it: ${explain(error)}`, {
          cause: error,
        });
      }
    },
    async queue({ state, cursor = '~', limit }) {
      const page = { before: cursor, limit: limit + 1 };
      const rows = await (state === undefined
        ? sql.reader.all(mailsBefore, page)
        : sql.reader.all(mailsOfStateBefore, { ...page, state }));
      const items = rows.slice(0, limit).map(present);
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    waitingFor: async (address) =>
      (await sql.reader.all(mailsWaitingFor, { recipient: address })).map(present),
    async retry(id) {
      const changed = await sql.transaction((tx) => tx.run(retryMail, { id, now: clock.now() }));
      if (changed === 0) await refuseRetry(sql, id);
      sender.wake();
    },
    async remove(id) {
      if ((await sql.transaction((tx) => tx.run(deleteMail, { id }))) === 0) throw missing();
    },
    secrets: () => keptSecrets(deps),
    async setSecrets(change) {
      await changeSecrets(deps, change);
      server.forget();
      sender.wake();
    },
    wishes: (context) => wishesOf(sql.reader, context),
    setWishes: (context, change) => setWishes(sql, context, change),
    forget: forgetWishes,
    expire: () => expire(deps),
  };
}

async function enqueue(tx: SqlTransaction, message: MailMessage, at: number, keys: QueueKeys): Promise<void> {
  const row = { id: newId(), recipient: checkAddress(message.to), template: message.template };
  const locale = message.locale?.slice(0, 40) ?? null;
  await tx.run(insertMail, { ...row, locale, ...keys.seal(row, message.data), at });
}

async function refuseRetry(sql: SqlStore, id: string): Promise<never> {
  const row = await sql.reader.get(mailById, { id });
  if (row === undefined) throw missing();
  throw new AppError(
    'conflict',
    row.claim !== null ? 'that message is being sent' : 'that message can no longer be sent',
  );
}

async function expire({ sql, clock, settings }: MailDeps): Promise<number> {
  const now = clock.now();
  const keep = settings.get('mail.keepDays');
  return sql.transaction(async (tx) => {
    const givenUp = await tx.run(giveUpOld, {
      before: now - longestWaitMs,
      at: now,
      error: 'nobody took it within a week',
    });
    await tx.run(forgetFailed, { before: now - longestWaitMs });
    return givenUp + (keep === 0 ? 0 : await tx.run(deleteEnded, { before: now - keep * day }));
  });
}

function missing(): AppError {
  return new AppError('not_found', 'there is no such message');
}

function present(row: MailQueueTable): QueuedMail {
  const sending = row.state === 'waiting' && row.claim !== null;
  return {
    id: row.id,
    to: row.recipient,
    template: row.template,
    state: sending ? 'sending' : row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    nextAt: row.state === 'waiting' && !sending ? row.next_at : null,
    sentAt: row.state === 'sent' ? row.ended_at : null,
    lastError: row.last_error,
  };
}
