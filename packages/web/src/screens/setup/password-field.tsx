import { PasswordInput, Progress, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { passwordStrength } from './strength.ts';

const colors = ['gray', 'red', 'orange', 'yellow', 'volvox'] as const;
const words = ['none', 'weak', 'fair', 'good', 'strong'] as const;

interface Props {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly error?: string | null;
  readonly size?: 'sm' | 'md';
  onChange(value: string): void;
}

/** A new password with a hint of its strength below; the hint's place is kept, so nothing moves. */
export function NewPasswordField({ name, label, value, error, size = 'md', onChange }: Props) {
  const { t } = useTranslation();
  const strength = passwordStrength(value);
  return (
    <div>
      <PasswordInput
        name={name}
        label={label}
        size={size}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        autoComplete="new-password"
        required
        withAsterisk={false}
        minLength={8}
        error={error}
        aria-describedby={`${name}-strength`}
        visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
      />
      <Progress value={strength * 25} color={colors[strength]} size={4} mt={10} aria-hidden="true" />
      <Text id={`${name}-strength`} size="xs" c="dimmed" mt={4} aria-live="polite">
        {t(`setup.strength.${words[strength]}`)}
      </Text>
    </div>
  );
}
