import { Select } from '@mantine/core';
import type { ShareRole } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { shareRoles } from './share-queries.ts';

interface Props {
  readonly value: ShareRole;
  readonly label: string;
  /** Only for who can't see, where the place says it. */
  readonly quiet?: boolean;
  readonly disabled?: boolean;
  readonly guest?: boolean;
  onChange(role: ShareRole): void;
}

/** Viewer, editor or manager; guests are never managers. */
export function RoleSelect({
  value,
  label,
  quiet = false,
  disabled = false,
  guest = false,
  onChange,
}: Props) {
  const { t } = useTranslation();
  const roles = shareRoles.filter((role) => !guest || role !== 'manager');
  return (
    <Select
      {...(quiet ? { 'aria-label': label } : { label })}
      {...(quiet
        ? {}
        : {
            description: t(`share.roleText.${value}`),
            inputWrapperOrder: ['label', 'input', 'description'],
          })}
      value={value}
      disabled={disabled}
      allowDeselect={false}
      w={quiet ? 128 : undefined}
      data={roles.map((role) => ({ value: role, label: t(`share.roles.${role}`) }))}
      onChange={(role) => onChange(shareRoles.find((one) => one === role) ?? value)}
    />
  );
}
