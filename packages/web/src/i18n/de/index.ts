import type { en } from '../en/index.ts';
import type { Texts } from '../texts.ts';
import { accessTexts } from './access.ts';
import { administrationTexts } from './administration.ts';
import { base } from './base.ts';
import { recordTexts } from './records.ts';
import { sharingTexts } from './sharing.ts';
import { linkTexts } from './links.ts';
import { oidcTexts } from './oidc.ts';
import { peopleTexts } from './people.ts';
import { signInTexts } from './signin.ts';

export const de: Partial<Texts<typeof en>> = {
  ...peopleTexts,
  ...oidcTexts,
  ...base,
  ...accessTexts,
  ...administrationTexts,
  ...linkTexts,
  ...signInTexts,
  ...sharingTexts,
  ...recordTexts,
};
