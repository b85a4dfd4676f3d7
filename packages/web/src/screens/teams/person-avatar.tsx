import { Avatar, type AvatarProps } from '@mantine/core';

interface Props extends Pick<AvatarProps, 'size' | 'color'> {
  readonly id: string;
  readonly name: string;
  /** Version of the picture; null: the initials. */
  readonly avatar: string | null;
}

/** The picture of a user, or the initials; the name stands beside it, so it says nothing itself. */
export function PersonAvatar({ id, name, avatar, size = 38, color = 'volvox' }: Props) {
  return (
    <Avatar
      name={name}
      src={avatar === null ? null : `/api/v1/people/${id}/avatar?v=${avatar}`}
      alt=""
      color={color}
      radius={11}
      size={size}
      aria-hidden="true"
    />
  );
}
