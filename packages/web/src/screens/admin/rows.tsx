import { Badge, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import css from '../page.module.css';

export function State({ ok, text }: { readonly ok: boolean; readonly text: string }) {
  return (
    <Badge
      variant={ok ? 'light' : 'filled'}
      color={ok ? 'volvox' : 'red'}
      size="sm"
      tt="none"
      maw={260}
      miw={text.length < 24 ? 'max-content' : 160}
    >
      {text}
    </Badge>
  );
}

export function Rows({
  head,
  children,
}: {
  readonly head: readonly string[];
  readonly children: readonly (readonly ReactNode[])[];
}) {
  return (
    <div className={css.table} tabIndex={0} role="group" aria-label={head[0]}>
      <Table verticalSpacing={8} withRowBorders className="tabular">
        <Table.Thead>
          <Table.Tr>
            {head.map((text, index) =>
              text ? <Table.Th key={index}>{text}</Table.Th> : <Table.Td key={index} />,
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {children.map((row, index) => (
            <Table.Tr key={index}>
              {row.map((cell, column) => (
                <Table.Td key={column}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
