import { create } from 'zustand';
import type { Clash, Decision } from './conflicts.ts';

interface Question {
  readonly clashes: readonly Clash[];
  /** null: the whole upload is called off. */
  answer(decisions: ReadonlyMap<string, Decision> | null): void;
}

export const useConflicts = create<{ readonly question: Question | null }>()(() => ({ question: null }));

/** Puts the dialog up and resolves with a decision for each name. */
export function askConflicts(clashes: readonly Clash[]): Promise<ReadonlyMap<string, Decision> | null> {
  return new Promise((resolve) => {
    useConflicts.setState({
      question: {
        clashes,
        answer(decisions) {
          useConflicts.setState({ question: null });
          resolve(decisions);
        },
      },
    });
  });
}
