import type { MailData, MailRole, SecurityNotice } from '../api.ts';
import type { Formats } from '../formats.ts';

/** What a message says, as plain text; the layout makes both of its forms, and escapes. */
export interface Parts {
  readonly subject: string;
  readonly greeting?: string;
  readonly lines: readonly string[];
  /** What a person wrote, set apart from what we say. */
  readonly quote?: string | null;
  readonly button?: { readonly label: string; readonly link: string };
  /** Below the button. */
  readonly closing?: readonly string[];
}

type Templates = {
  readonly [K in keyof MailData]: (data: MailData[K], formats: Formats, product: string) => Parts;
};

/** Everything that mail says in one language. */
export interface MailTexts {
  readonly templates: Templates;
  footer(product: string): string;
}

export type RoleTexts = { readonly [R in MailRole]: string };
export type NoticeTexts = { readonly [N in SecurityNotice]: string };
