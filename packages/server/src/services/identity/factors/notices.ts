/** Tells the person by mail, and the audit log, what happened to an account's ways in. */
import type { Context } from '../../../kernel/context.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { SqlTransaction } from '../../../stores/sql/contract.ts';
import type { AuditService, AuditSource, Facts, SecurityEvent } from '../../audit/api.ts';
import type { MailService, SecurityNotice } from '../../mail/api.ts';
import type { SettingsService } from '../../settings/api.ts';
import { userById } from '../user-queries.ts';

export interface NoticesDeps {
  readonly mail: Pick<MailService, 'enqueue' | 'configured'>;
  readonly audit: Pick<AuditService, 'keep' | 'append'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
}

interface Recipient {
  readonly displayName: string;
  readonly email: string | null;
  readonly locale: string | null;
}

export class Notices {
  readonly #deps: NoticesDeps;

  constructor(deps: NoticesDeps) {
    this.#deps = deps;
  }

  /** Both, in the transaction of the change itself. */
  async changed(
    tx: SqlTransaction,
    context: Context,
    userId: string,
    event: SecurityEvent,
    notice: SecurityNotice | null,
  ): Promise<void> {
    const details = { ...event.details, ...(await this.#subject(tx, context, userId)) };
    await this.#deps.audit.append(tx, context, {
      ...event,
      subjectId: userId,
      ...(Object.keys(details).length === 0 ? {} : { details }),
    });
    if (notice !== null) await this.mail(tx, userId, notice, context.origin?.address ?? '');
  }

  /** Whose account it is, as it is called now, where that is another's. */
  async #subject(tx: SqlTransaction, { principal }: Context, userId: string): Promise<Facts> {
    const user = principal.userId === userId ? undefined : await tx.get(userById, { id: userId });
    return user === undefined ? {} : { login: user.login, displayName: user.display_name };
  }

  append(tx: SqlTransaction, source: AuditSource, event: SecurityEvent): Promise<void> {
    return this.#deps.audit.append(tx, source, event);
  }

  /** What stands for itself, before it is answered. */
  keep(source: AuditSource, event: SecurityEvent): Promise<void> {
    return this.#deps.audit.keep(source, event);
  }

  /** To the address the person has at this moment, if notices are wanted and there is one. */
  async mail(tx: SqlTransaction, userId: string, what: SecurityNotice, address: string): Promise<void> {
    const user = await tx.get(userById, { id: userId });
    if (user === undefined) return;
    const { display_name: displayName, email, locale } = user;
    await this.mailTo(tx, { displayName, email, locale }, what, address);
  }

  async mailTo(tx: SqlTransaction, to: Recipient, what: SecurityNotice, address: string): Promise<void> {
    const { clock, mail, settings } = this.#deps;
    if (to.email === null || !settings.get('login.notices') || !mail.configured()) return;
    await mail.enqueue(tx, {
      to: to.email,
      template: 'security-notice',
      locale: to.locale,
      data: { name: to.displayName, what, at: clock.now(), address },
    });
  }
}

/** For nodes of tests and commands that have neither. */
export const silentNotices: Pick<NoticesDeps, 'mail' | 'audit'> = {
  mail: { configured: () => false, enqueue: async () => undefined },
  audit: { keep: async () => undefined, append: async () => undefined },
};
