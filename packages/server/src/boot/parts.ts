/** What `services.ts` keeps while it starts one service after another. */
import { AppError } from '../kernel/errors.ts';
import { endInReverse, type Started } from '../kernel/service.ts';
import type { CollaborationService } from '../services/collaboration/api.ts';
import type { ConnectorsService } from '../services/connectors/api.ts';
import type { IdentityService, PrincipalReloader, Verifiers } from '../services/identity/api.ts';
import type { OidcService } from '../services/oidc/api.ts';
import type { SharingService } from '../services/sharing/api.ts';
import type { WorkspacesService } from '../services/workspaces/api.ts';

/** A service that is needed before it is started. */
class Later<T> {
  private value: T | null = null;
  set(value: T): void {
    this.value = value;
  }
  get(): T {
    if (this.value === null) throw new AppError('internal', 'a service was called before it was started');
    return this.value;
  }
}

/** What has been started, stopped in reverse order; and the services that others need before they are there. */
export class Parts {
  readonly identity = new Later<IdentityService & PrincipalReloader>();
  readonly workspaces = new Later<WorkspacesService>();
  readonly collaboration = new Later<CollaborationService>();
  readonly oidc = new Later<OidcService>();
  readonly connectors = new Later<ConnectorsService>();
  readonly sharing = new Later<SharingService>();
  private readonly stops: (() => Promise<void>)[] = [];

  async keep<Api>(starting: Started<Api> | Promise<Started<Api>>): Promise<Api> {
    const started = await starting;
    this.stops.push(() => started.stop());
    return started.api;
  }

  stop(): Promise<void> {
    return endInReverse(this.stops.splice(0));
  }

  /** Of credentials that services know which start after identity. */
  verifiers(): Verifiers {
    return {
      password: (...input) => this.connectors.get().password(...input),
      accessToken: {
        verify: (secret, client, epoch) => this.oidc.get().accessTokens.verify(secret, client, epoch),
        reload: (reader, principal, epoch) => this.oidc.get().accessTokens.reload(reader, principal, epoch),
      },
      link: {
        verify: (credentials, client, epoch) =>
          this.sharing.get().verifier.verify(credentials, client, epoch),
        reload: (reader, principal, epoch) => this.sharing.get().verifier.reload(reader, principal, epoch),
      },
    };
  }
}
