export type ServerKind =
  'etcd' | 'vault' | 'redis' | 'nats' | 'mariadb' | 'postgres' | 'mongodb' | 's3' | 'slapd';

/** How one kind of server is found, installed, started and asked whether it is there. No recipe keeps state; `running.ts` does. */
export interface ServerRecipe {
  readonly kind: ServerKind;
  /** The command that starts it, without its arguments; null where it is not on this machine. */
  find(): readonly string[] | null;
  /** How it gets here: a Debian package, or a function that fetches it into `.tools/servers`. */
  readonly install: { readonly debian: string } | { readonly tool: string; fetch(): Promise<void> };
  /** The account that runs it where we are root, for servers that refuse root. */
  readonly account?: string;
  /** Fills a new folder, once, before the first start. */
  prepare?(program: readonly string[], folder: string, run: RunAs): Promise<void>;
  /** Before every start, for servers that take their port from a file. */
  configure?(folder: string, port: number): void;
  arguments(folder: string, port: number): readonly string[];
  /** One real exchange of its protocol; false (or an error) while it is not ready. */
  answers(port: number, folder: string): Promise<boolean>;
  url(port: number): string;
  environment?(folder: string): Readonly<Record<string, string>>;
}

/** Runs a program to its end under the server's account. @throws with its output where it fails */
export type RunAs = (program: string, args: readonly string[]) => Promise<void>;
