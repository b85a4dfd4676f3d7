/** What mail speaks. */
export type MailLanguage = 'en' | 'de' | 'fr';
