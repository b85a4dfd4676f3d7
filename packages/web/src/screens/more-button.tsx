import { Button, type ButtonProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props {
  /** A list that is read page by page (`useInfiniteQuery`). */
  readonly query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    fetchNextPage(): Promise<unknown>;
  };
  /** The space above it; "sm" if absent. */
  readonly mt?: ButtonProps['mt'];
}

/** Gets the next page of a list; nothing once all of it is shown. */
export function MoreButton({ query, mt = 'sm' }: Props) {
  const { t } = useTranslation();
  if (!query.hasNextPage) return null;
  return (
    <Button
      variant="subtle"
      fullWidth
      mt={mt}
      loading={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      {t('common.more')}
    </Button>
  );
}
