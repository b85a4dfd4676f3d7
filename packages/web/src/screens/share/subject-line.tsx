import type { ShareSubject } from '@volvox/api';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PersonAvatar } from '../teams/person-avatar.tsx';
import css from '../page.module.css';

interface Props {
  readonly subject: ShareSubject;
  readonly badge?: ReactNode;
  readonly facts?: readonly (string | null | false)[];
  readonly children?: ReactNode;
}

/** Somebody with what is said of them, and what can be done. */
export function SubjectLine({ subject, badge, facts = [], children }: Props) {
  const { t } = useTranslation();
  const kind = subject.kind === 'user' ? subject.login : t(`share.kinds.${subject.kind}`);
  return (
    <li className={css.item}>
      <PersonAvatar id={subject.id} name={subject.name} avatar={null} size={34} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {subject.name} {badge}
        </div>
        <div className={css.sub} style={{ whiteSpace: 'normal' }}>
          {[kind, ...facts].filter(Boolean).join(' · ')}
        </div>
      </div>
      <div className={css.tools}>{children}</div>
    </li>
  );
}
