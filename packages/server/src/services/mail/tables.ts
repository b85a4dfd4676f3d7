import type { MailKind, MailTemplate } from './api.ts';

export interface MailQueueTable {
  id: string;
  recipient: string;
  template: MailTemplate;
  locale: string | null;
  /** Sealed JSON; null once sent, given up or failed for a week: it may hold links that let people in. */
  data: string | null;
  /** Number of the key that `data` is sealed under; null: of a version that kept it in clear. */
  key_id: number | null;
  state: 'waiting' | 'sent' | 'failed';
  attempts: number;
  /** Not before this; while somebody sends it: when that counts as lost. */
  next_at: number;
  /** Random, of the attempt under way; null: none is. */
  claim: string | null;
  created_at: number;
  ended_at: number | null;
  last_error: string | null;
}

export interface MailTables {
  mail_queue: MailQueueTable;
  mail_refusals: { user_id: string; kind: MailKind };
}
