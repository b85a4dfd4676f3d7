import type { Me } from '@volvox/client';
import { useEffect, useState } from 'react';
import { useSession } from '../../session/store.ts';
import { begunElsewhere } from '../oidc/external-logins.tsx';
import type { Begun } from './begun.ts';
import { LoginForm } from './login-form.tsx';
import { SecondStep } from './second-step.tsx';

interface Props {
  /** Of an ended session: only that person may go on. */
  readonly login?: string;
  /** Tells the frame, which may say something else above the second step. */
  readonly onStep?: (step: 'password' | 'second') => void;
  readonly onDone?: () => void;
}

/** Log-in from the password to the last step. */
export function SignIn({ login, onStep, onDone }: Props) {
  const [begun, setBegun] = useState<Begun | null>(begunElsewhere);
  useEffect(() => {
    if (begun) onStep?.('second');
  }, []);
  const [over, setOver] = useState(false);
  const go = (next: Begun | null, tooLate = false) => {
    setBegun(next);
    setOver(tooLate);
    onStep?.(next ? 'second' : 'password');
  };
  const done = (me: Me) => {
    useSession.getState().setMe(me);
    onDone?.();
  };
  if (begun)
    return <SecondStep begun={begun} onDone={done} onOver={() => go(null, true)} onBack={() => go(null)} />;
  return (
    <LoginForm {...(login === undefined ? {} : { login })} stepOver={over} onDone={done} onSecond={go} />
  );
}
