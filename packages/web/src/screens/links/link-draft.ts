import type { Link, LinkPermission } from '@volvox/api';

/** What visitors may, as one choice. */
export type May = 'preview' | 'download' | 'both' | 'drop';

/** The settings of a link while they are edited; dates as `<input type="datetime-local">` has them. */
export interface Draft {
  readonly label: string;
  readonly description: string;
  readonly may: May;
  readonly layout: Link['layout'];
  /** Empty: as it is. */
  readonly password: string;
  readonly dropPassword: boolean;
  readonly startsAt: string;
  readonly expiresAt: string;
  readonly maxDownloads: number | string;
  readonly maxFileMb: number | string;
  readonly disclaimer: string;
  readonly watermark: boolean;
  readonly notify: boolean;
  readonly showOwner: boolean;
  readonly subfolders: boolean;
  readonly askName: Link['askName'];
  readonly askEmail: Link['askEmail'];
  readonly slug: string;
  readonly recipients: string;
  readonly restricted: boolean;
  readonly disabled: boolean;
}

const permissions: Readonly<Record<May, LinkPermission[]>> = {
  preview: ['preview'],
  download: ['preview', 'download'],
  both: ['preview', 'download', 'upload'],
  drop: ['upload'],
};

export function draftOf(link: Link): Draft {
  const may = link.permissions.includes('download')
    ? link.permissions.includes('upload')
      ? 'both'
      : 'download'
    : link.permissions.includes('preview')
      ? 'preview'
      : 'drop';
  return {
    label: link.label,
    description: link.description,
    may,
    layout: link.layout,
    password: '',
    dropPassword: false,
    startsAt: toLocal(link.startsAt),
    expiresAt: toLocal(link.expiresAt),
    maxDownloads: link.maxDownloads ?? '',
    maxFileMb: link.maxFileSize === null ? '' : link.maxFileSize / 1e6,
    disclaimer: link.disclaimer,
    watermark: link.watermark,
    notify: link.notify,
    showOwner: link.showOwner,
    subfolders: link.subfolders,
    askName: link.askName,
    askEmail: link.askEmail,
    slug: link.custom ? link.token : '',
    recipients: link.recipients.map(({ email }) => email).join('\n'),
    restricted: link.restricted,
    disabled: link.disabled,
  };
}

/** Only what differs: what somebody else has changed meanwhile stays. */
export function changesOf(link: Link, draft: Draft): object {
  const old = draftOf(link);
  const body: Record<string, unknown> = {};
  const same = ['label', 'description', 'layout', 'disclaimer', 'watermark', 'notify', 'showOwner'] as const;
  for (const key of same) if (draft[key] !== old[key]) body[key] = draft[key];
  const more = ['subfolders', 'askName', 'askEmail', 'restricted', 'disabled'] as const;
  for (const key of more) if (draft[key] !== old[key]) body[key] = draft[key];
  if (draft.may !== old.may) body['permissions'] = permissions[draft.may];
  if (draft.dropPassword) body['password'] = null;
  else if (draft.password !== '') body['password'] = draft.password;
  if (draft.startsAt !== old.startsAt) body['startsAt'] = fromLocal(draft.startsAt);
  if (draft.expiresAt !== old.expiresAt) body['expiresAt'] = fromLocal(draft.expiresAt);
  if (draft.maxDownloads !== old.maxDownloads)
    body['maxDownloads'] = draft.maxDownloads === '' ? null : Number(draft.maxDownloads);
  if (draft.maxFileMb !== old.maxFileMb)
    body['maxFileSize'] = draft.maxFileMb === '' ? null : Math.round(Number(draft.maxFileMb) * 1e6);
  if (draft.slug !== old.slug) body['slug'] = draft.slug === '' ? null : draft.slug;
  if (draft.recipients !== old.recipients)
    body['recipients'] = draft.recipients.split(/[\s,;]+/).filter((email) => email !== '');
  return body;
}

function toLocal(at: number | null): string {
  if (at === null) return '';
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function fromLocal(text: string): number | null {
  return text === '' ? null : new Date(text).getTime();
}

export interface PartProps {
  readonly link: Link;
  readonly draft: Draft;
  onChange(change: Partial<Draft>): void;
}
