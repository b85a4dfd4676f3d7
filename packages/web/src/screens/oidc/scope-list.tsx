import { List, ThemeIcon } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { scopeText } from './scope-text.ts';

/** What an app asks for. */
export function ScopeList({ scopes }: { readonly scopes: readonly string[] }) {
  return (
    <List
      spacing="xs"
      center
      icon={
        <ThemeIcon size={22} radius="xl" variant="light" aria-hidden="true">
          <IconCheck size={14} />
        </ThemeIcon>
      }
    >
      {scopes.map((scope) => (
        <List.Item key={scope}>{scopeText(scope)}</List.Item>
      ))}
    </List>
  );
}
