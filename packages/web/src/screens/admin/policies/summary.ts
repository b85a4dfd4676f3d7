import type { Policy } from '@volvox/api';
import { t } from '../../../i18n/index.ts';
import { locale } from '../../../i18n/language.ts';
import { wordsOf } from '../../permissions/rights.ts';

const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });

/** 1: Monday ... 7: Sunday */
export function dayName(day: number): string {
  return weekday.format(Date.UTC(2024, 0, day)); // the first of January 2024 was a Monday
}

/** What a policy says, in one sentence. */
export function summaryOf({ deny, mode, conditions }: Policy): string {
  const { networks, clients, hours, property } = conditions;
  const parts = [
    ...(networks ? [t('policies.inNetworks', { list: networks.join(', ') })] : []),
    ...(clients
      ? [t('policies.byClients', { list: clients.map((one) => t(`policies.client.${one}`)).join(', ') })]
      : []),
    ...(hours?.windows.map(({ days, from, to }) =>
      t('policies.inHours', { days: days.map(dayName).join(', '), from, to, timeZone: hours.timeZone }),
    ) ?? []),
    ...(property ? [t('policies.withProperty', { name: property.name, value: property.matches })] : []),
  ];
  return `${t(`policies.summary.${mode}`, { rights: wordsOf(deny) })} ${parts.join('; ')}`;
}
