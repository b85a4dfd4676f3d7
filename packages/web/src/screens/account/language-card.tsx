import { SegmentedControl } from '@mantine/core';
import type { User } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tellError } from '../../api/notify.tsx';
import { chooseLanguage, language, languages, type Language } from '../../i18n/language.ts';
import { Card } from '../page.tsx';

const known = Object.keys(languages) as readonly Language[];

/** Kept with the profile for mails, and in this browser for its pages, which are loaded anew. */
export function LanguageCard({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const choose = async (value: string) => {
    const next = known.find((name) => name === value);
    if (next === undefined || (next === language && next === user.locale)) return;
    try {
      await client.call('updateMe', { body: { locale: next } });
      chooseLanguage(next);
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <Card title={t('account.language')} text={t('account.languageText')}>
      <SegmentedControl
        aria-label={t('account.language')}
        value={language}
        onChange={(value) => void choose(value)}
        data={known.map((value) => ({ value, label: languages[value] }))}
      />
    </Card>
  );
}
