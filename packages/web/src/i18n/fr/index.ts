import type { en } from '../en/index.ts';
import type { Texts } from '../texts.ts';
import { accessTexts } from './access.ts';
import { sharingTexts } from './sharing.ts';
import { linkTexts } from './links.ts';
import { peopleTexts } from './people.ts';

export const fr: Partial<Texts<typeof en>> = { ...peopleTexts, ...accessTexts, ...linkTexts, ...sharingTexts };
