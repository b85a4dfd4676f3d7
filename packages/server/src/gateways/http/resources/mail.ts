import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';

type Names =
  | 'mailState'
  | 'setMailSecrets'
  | 'testMail'
  | 'listMail'
  | 'retryMail'
  | 'deleteMail'
  | 'mailWishes'
  | 'setMailWishes';

export function mailHandlers({ mail, audit, identity }: Services): Pick<Handlers, Names> {
  return {
    mailState: async () => ({ configured: mail.configured(), secrets: await mail.secrets() }),
    async setMailSecrets(call) {
      await identity.signIn.requireProof(call.context);
      const { for: addressee, ...secrets } = call.body;
      await mail.setSecrets({ ...secrets, ...(addressee && { for: addressee }) });
      // Which ones, never what they are.
      await audit.keep(call.context, { kind: 'mail.settings', details: { secrets: Object.keys(secrets) } });
      return mail.secrets();
    },
    testMail: (call) => mail.test(call.body.to, call.body.locale ?? null),
    async listMail(call) {
      const { state, cursor } = call.query;
      const page = await mail.queue({ limit: limitOf(call.query), ...given({ state, cursor }) });
      return { items: [...page.items], next: page.next };
    },
    retryMail: (call) => mail.retry(call.params.id),
    deleteMail: (call) => mail.remove(call.params.id),
    mailWishes: (call) => mail.wishes(call.context),
    setMailWishes: (call) => mail.setWishes(call.context, call.body),
  };
}
