import { useEffect, useState } from 'react';

const read = (): string | null => new URLSearchParams(location.search).get('f');

/** The open folder stands in the address, so that "back" goes back. @param top what is open where the address says nothing */
export function useFolder(top: string | null): readonly [string | null, (id: string | null) => void] {
  const [id, setId] = useState(read);
  useEffect(() => {
    const onBack = () => setId(read());
    addEventListener('popstate', onBack);
    return () => removeEventListener('popstate', onBack);
  }, []);
  const open = (next: string | null): void => {
    const query = next === null || next === top ? '' : `?f=${next}`;
    history.pushState(null, '', `${location.pathname}${query}${location.hash}`);
    setId(next === top ? null : next);
  };
  return [id ?? top, open];
}
