import { AppError } from '../../kernel/errors.ts';
import type { IdentityService } from '../../services/identity/api.ts';

/** Until set-up is done only set-up itself, probes and the web application are served. It is never undone, so the answer is kept. */
export interface SetupGate {
  /** Undefined (no await needed) once set up. @throws setup_required */
  pass(): Promise<void> | undefined;
}

export function createSetupGate(identity: Pick<IdentityService, 'setupRequired'>): SetupGate {
  let open = false;
  const ask = async (): Promise<void> => {
    if (await identity.setupRequired())
      throw new AppError(
        'setup_required',
        'this server has not been set up yet: open the link that it printed at its start',
      );
    open = true;
  };
  return { pass: () => (open ? undefined : ask()) };
}
