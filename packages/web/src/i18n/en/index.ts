/** Every English text. An area of the product has a file of its own here, and files of the same shape in `de` and `fr`. */
import { base } from './base.ts';
import { linkTexts } from './links.ts';

export const en = { ...base, ...linkTexts };
