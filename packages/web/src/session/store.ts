import type { Me } from '@volvox/client';
import { create } from 'zustand';

interface SessionState {
  readonly me: Me | null;
  /** The session ended while the page was in use: ask for the password over what is shown. */
  readonly expired: boolean;
  setMe(me: Me | null): void;
  /** Resolves when the person has signed in again; many waiters share one dialog. */
  signInAgain(): Promise<void>;
  /** Something dangerous waits until the person has confirmed to be the one. */
  readonly confirming: boolean;
  /** Resolves to whether it was confirmed; many waiters share one dialog. */
  confirm(): Promise<boolean>;
  confirmed(given: boolean): void;
}

let waiters: (() => void)[] = [];
let doubters: ((given: boolean) => void)[] = [];

export const useSession = create<SessionState>()((set) => ({
  me: null,
  expired: false,
  setMe(me) {
    set({ me, expired: false });
    if (!me) return;
    const ready = waiters;
    waiters = [];
    for (const wake of ready) wake();
  },
  signInAgain() {
    set({ expired: true });
    return new Promise((resolve) => waiters.push(resolve));
  },
  confirming: false,
  confirm() {
    set({ confirming: true });
    return new Promise((resolve) => doubters.push(resolve));
  },
  confirmed(given) {
    set({ confirming: false });
    const ready = doubters;
    doubters = [];
    for (const wake of ready) wake(given);
  },
}));
