import css from './file-list.module.css';

/** The outline of a row that is not loaded yet. */
export function Ghost({
  index,
  top,
  height,
  phone,
}: {
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly phone: boolean;
}) {
  const width = `${30 + ((index * 37) % 40)}%`;
  return (
    <div className={css.ghost} style={{ transform: `translateY(${top}px)`, height }} aria-hidden="true">
      {!phone && <span />}
      <span className={css.name}>
        <i style={{ width: phone ? 38 : 30, height: phone ? 38 : 30, borderRadius: 9, flex: 'none' }} />
        <i style={{ width }} />
      </span>
      {!phone && (
        <>
          <i style={{ width: 52, justifySelf: 'end' }} />
          <i style={{ width: 70, marginLeft: 32 }} />
        </>
      )}
    </div>
  );
}
