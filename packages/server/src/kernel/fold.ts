/** Without case and accents, as people are searched for. Names of files have rules of their own (services/tree/names.ts). */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
