import type { en } from '../en/index.ts';
import type { Texts } from '../texts.ts';
import { linkTexts } from './links.ts';

export const de: Partial<Texts<typeof en>> = { ...linkTexts };
