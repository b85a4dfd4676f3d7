/** Every English text. An area of the product has a file of its own here, and files of the same shape in `de` and `fr`. */
import { accessTexts } from './access.ts';
import { administrationTexts } from './administration.ts';
import { base } from './base.ts';
import { recordTexts } from './records.ts';
import { sharingTexts } from './sharing.ts';
import { linkTexts } from './links.ts';
import { oidcTexts } from './oidc.ts';
import { peopleTexts } from './people.ts';
import { signInTexts } from './signin.ts';

export const en = {
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
