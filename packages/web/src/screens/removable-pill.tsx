import { Pill, type PillProps } from '@mantine/core';

interface Props extends Omit<PillProps, 'withRemoveButton' | 'removeButtonProps'> {
  /** What the button does, in words: it has none of its own. */
  readonly removeLabel: string;
  onRemove(): void;
}

/** A pill that goes by mouse, by keyboard and for screen readers. The kit hides its button from the latter two, as its own inputs need none. */
export function RemovablePill({ removeLabel, ...rest }: Props) {
  return (
    <Pill
      size="md"
      {...rest}
      withRemoveButton
      removeButtonProps={{ 'aria-label': removeLabel, 'aria-hidden': false, tabIndex: 0 }}
    />
  );
}
