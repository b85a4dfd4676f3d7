import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, language, languages, type Language } from './language.ts';

/** For those who are not signed in: kept on this device, and the page is loaded anew. */
export function LanguagePicker() {
  const { t } = useTranslation();
  return (
    <NativeSelect
      size="xs"
      w={120}
      aria-label={t('language.label')}
      value={language}
      data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      onChange={(event) => chooseLanguage(event.currentTarget.value as Language)} // one of those above
    />
  );
}
