import type { en } from '../en/index.ts';
import type { Texts } from '../texts.ts';

export const fr: Partial<Texts<typeof en>> = {};
