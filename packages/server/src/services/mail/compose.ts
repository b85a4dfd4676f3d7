import type { SettingsService } from '../settings/api.ts';
import { headerText } from './addresses.ts';
import type { MailMessage } from './api.ts';
import type { MailLanguage } from './language.ts';
import { layOut } from './layout.ts';
import { formatsOf } from './formats.ts';
import { de } from './templates/de.ts';
import { en } from './templates/en.ts';
import { fr } from './templates/fr.ts';
import type { MailTexts, Parts } from './templates/texts.ts';

/** A message, ready for the mail server. */
export interface Mail {
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo?: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const languages: { readonly [L in MailLanguage]: MailTexts } = { en, de, fr };

export function composeMail(message: MailMessage, settings: SettingsService): Mail {
  const language = languageOf(message.locale) ?? settings.get('mail.language');
  const product = settings.get('branding.name');
  const parts = partsOf(message, language, product);
  const replyTo = settings.get('mail.replyTo');
  return {
    from: { name: headerText(product), address: settings.get('mail.from') },
    to: { name: '', address: message.to },
    ...(replyTo === '' ? {} : { replyTo }),
    subject: headerText(parts.subject),
    ...layOut(parts, { language, product, footer: languages[language].footer(product) }),
  };
}

/** `de-AT` is `de`; null: we don't speak it. */
export function languageOf(locale: string | null): MailLanguage | null {
  const tongue = locale?.toLowerCase().split(/[-_]/)[0] ?? '';
  return Object.hasOwn(languages, tongue) ? (tongue as MailLanguage) : null; // checked
}

function partsOf(message: MailMessage, language: MailLanguage, product: string): Parts {
  const template = languages[language].templates[message.template] as (
    data: MailMessage['data'],
    formats: ReturnType<typeof formatsOf>,
    product: string,
  ) => Parts; // `data` is that template's: MailMessage ties them
  return template(message.data, formatsOf(language), product);
}
