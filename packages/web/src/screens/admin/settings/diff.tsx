import { Code, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Two values, one below the other; what goes is struck through, so that colour is not all that tells. */
export function Diff({ before, after }: { readonly before: string; readonly after: string }) {
  const { t } = useTranslation();
  return (
    <Table variant="vertical" layout="fixed">
      <Table.Tbody>
        <Table.Tr>
          <Table.Th w={110} scope="row">
            {t('settings.oldValue')}
          </Table.Th>
          <Table.Td>
            <Code style={{ overflowWrap: 'anywhere' }}>
              <del>{before || '–'}</del>
            </Code>
          </Table.Td>
        </Table.Tr>
        <Table.Tr>
          <Table.Th scope="row">{t('settings.newValue')}</Table.Th>
          <Table.Td>
            <Code style={{ overflowWrap: 'anywhere' }}>
              <ins style={{ textDecoration: 'none', fontWeight: 600 }}>{after || '–'}</ins>
            </Code>
          </Table.Td>
        </Table.Tr>
      </Table.Tbody>
    </Table>
  );
}
