import { useEffect, type ReactNode } from 'react';
import css from './page.module.css';

interface Props {
  readonly title: string;
  readonly tools?: ReactNode;
  readonly narrow?: boolean;
  readonly children: ReactNode;
}

/** A page with its one h1; sets the title of the window. */
export function Page({ title, tools, narrow, children }: Props) {
  useEffect(() => {
    document.title = `${title} – Volvox`;
  }, [title]);
  return (
    <div className={css.page}>
      <div className={`${css.inner} ${narrow ? css.narrow : ''}`}>
        <header className={css.head}>
          <h1>{title}</h1>
          {tools}
        </header>
        {children}
      </div>
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly text?: string;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

export function Card({ title, text, tools, children }: CardProps) {
  return (
    <section className={css.card} aria-label={title}>
      <div className={css.cardHead}>
        <div>
          <h2>{title}</h2>
          {text && (
            <div className={css.sub} style={{ whiteSpace: 'normal' }}>
              {text}
            </div>
          )}
        </div>
        {tools}
      </div>
      {children}
    </section>
  );
}
