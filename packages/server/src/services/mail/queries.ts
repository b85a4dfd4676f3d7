import { queriesOf } from '../../stores/sql/query.ts';
import type { MailQueueTable, MailTables } from './tables.ts';

const define = queriesOf<MailTables>();

export const insertMail = define<{
  id: string;
  recipient: string;
  template: MailQueueTable['template'];
  locale: string | null;
  data: string;
  keyId: number;
  at: number;
}>((db, p) =>
  db.insertInto('mail_queue').values({
    id: p.id,
    recipient: p.recipient,
    template: p.template,
    locale: p.locale,
    data: p.data,
    key_id: p.keyId,
    state: 'waiting',
    attempts: 0,
    next_at: p.at,
    claim: null,
    created_at: p.at,
    ended_at: null,
    last_error: null,
  }),
);

export const mailById = define<{ id: string }, MailQueueTable>((db, p) =>
  db.selectFrom('mail_queue').selectAll().where('id', '=', p.id),
);

/** What is due, or was being sent by somebody who has not been heard of for too long. */
export const dueMails = define<{ now: number; limit: number }, { id: string }>((db, p) =>
  db
    .selectFrom('mail_queue')
    .select('id')
    .where('state', '=', 'waiting')
    .where('next_at', '<=', p.now)
    .orderBy('next_at')
    .limit(p.limit),
);

export const nextDue = define<Record<string, never>, { at: number | null }>((db) =>
  db
    .selectFrom('mail_queue')
    .select((e) => e.fn.min<number | null>('next_at').as('at'))
    .where('state', '=', 'waiting'),
);

/** No row: somebody else was faster. */
export const claimMail = define<{ id: string; claim: string; now: number; until: number }>((db, p) =>
  db
    .updateTable('mail_queue')
    .set((e) => ({ claim: p.claim, next_at: p.until, attempts: e('attempts', '+', 1) }))
    .where('id', '=', p.id)
    .where('state', '=', 'waiting')
    .where('next_at', '<=', p.now),
);

/** The message's data go with it: they may hold links that let people in. */
export const endSent = define<{ id: string; claim: string; at: number }>((db, p) =>
  db
    .updateTable('mail_queue')
    .set({ state: 'sent', claim: null, data: null, ended_at: p.at, last_error: null })
    .where('id', '=', p.id)
    .where('claim', '=', p.claim),
);

export const endFailed = define<{ id: string; claim: string; at: number; error: string }>((db, p) =>
  db
    .updateTable('mail_queue')
    .set({ state: 'failed', claim: null, ended_at: p.at, last_error: p.error })
    .where('id', '=', p.id)
    .where('claim', '=', p.claim),
);

export const putOff = define<{ id: string; claim: string; next: number; error: string }>((db, p) =>
  db
    .updateTable('mail_queue')
    .set({ claim: null, next_at: p.next, last_error: p.error })
    .where('id', '=', p.id)
    .where('claim', '=', p.claim),
);

/** Attempts begin anew, or the first failure would be the last. */
export const retryMail = define<{ id: string; now: number }>((db, p) =>
  db
    .updateTable('mail_queue')
    .set({ state: 'waiting', attempts: 0, next_at: p.now, ended_at: null })
    .where('id', '=', p.id)
    .where('state', '!=', 'sent')
    .where('data', 'is not', null)
    .where('claim', 'is', null),
);

export const deleteMail = define<{ id: string }>((db, p) =>
  db.deleteFrom('mail_queue').where('id', '=', p.id),
);

export const mailsBefore = define<{ before: string; limit: number }, MailQueueTable>((db, p) =>
  db.selectFrom('mail_queue').selectAll().where('id', '<', p.before).orderBy('id', 'desc').limit(p.limit),
);

export const mailsOfStateBefore = define<
  { state: MailQueueTable['state']; before: string; limit: number },
  MailQueueTable
>((db, p) =>
  db
    .selectFrom('mail_queue')
    .selectAll()
    .where('state', '=', p.state)
    .where('id', '<', p.before)
    .orderBy('id', 'desc')
    .limit(p.limit),
);

/** Few wait at a time. */
export const mailsWaitingFor = define<{ recipient: string }, MailQueueTable>((db, p) =>
  db
    .selectFrom('mail_queue')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('recipient', '=', p.recipient)
    .orderBy('id', 'desc')
    .limit(10_000),
);

export const giveUpOld = define<{ before: number; at: number; error: string }>((db, p) =>
  db
    .updateTable('mail_queue')
    .set({ state: 'failed', ended_at: p.at, last_error: p.error, data: null })
    .where('state', '=', 'waiting')
    .where('claim', 'is', null)
    .where('created_at', '<', p.before),
);

/** What failed may be tried again by hand, but not for as long as its record is kept. */
export const forgetFailed = define<{ before: number }>((db, p) =>
  db
    .updateTable('mail_queue')
    .set({ data: null })
    .where('state', '=', 'failed')
    .where('created_at', '<', p.before)
    .where('data', 'is not', null),
);

export const deleteEnded = define<{ before: number }>((db, p) =>
  db.deleteFrom('mail_queue').where('state', '!=', 'waiting').where('ended_at', '<', p.before),
);
