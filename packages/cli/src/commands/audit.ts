import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { exitCodes, UsageError } from '../exit.ts';
import { print, table, time, type Output } from '../output.ts';

interface Verdict {
  readonly ok: boolean;
  readonly rows: number;
  readonly signedUpTo: number | null;
  readonly fault: { readonly seq: number; readonly what: string } | null;
}

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('who did what, from where; a log that proves itself');
  audit
    .command('list')
    .description('the last 100 events')
    .option('--kind <kind>', 'only this kind; "auth.*" is all of that area')
    .option('--text <text>', 'only those that have this in them')
    .action(
      action(async ({ kind, text }: { kind?: string; text?: string }, command: Command) => {
        const query = { ...(kind === undefined ? {} : { kind }), ...(text === undefined ? {} : { q: text }) };
        const { items } = await withClient(command, (client) => client.call('listAudit', { query }));
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((event) => ({
              seq: event.seq,
              at: time(event.at),
              kind: event.kind,
              who: event.actorLogin,
              address: event.address,
              details: JSON.stringify(event.details ?? event.after ?? event.before),
            })),
            'no events',
          ),
        );
      }),
    );
  audit
    .command('key')
    .description('the public key (PEM) that the log is signed with; keep a copy elsewhere')
    .action(
      action(async (_options: unknown, command: Command) => {
        const { keys } = await withClient(command, (client) => client.call('auditStatus', {}));
        print(command.optsWithGlobals<Output>(), keys, () => keys.map((key) => key.publicKey).join(''));
      }),
    );
  audit
    .command('verify [file]')
    .description(
      'prove an exported log (JSON lines), or with --live the one of the server; exit code 1 if it does not hold',
    )
    .option('--live', 'the log of the server')
    .option('--key <file>', 'public key (PEM) to believe, instead of the one that the file names')
    .action(
      action(
        async (file: string | undefined, options: { live?: boolean; key?: string }, command: Command) => {
          if ((file === undefined) !== (options.live === true))
            throw new UsageError('name a file, or --live for the log of the server');
          const [verdict, remark] =
            file === undefined ? [await verifyLive(command), ''] : await verifyFile(file, options.key);
          print(command.optsWithGlobals<Output>(), verdict, () => told(verdict) + remark);
          if (!verdict.ok) process.exitCode = exitCodes.failed;
        },
      ),
    );
}

function verifyLive(command: Command): Promise<Verdict> {
  return withClient(command, (client) => client.call('verifyAudit', {}));
}

/** Needs no server: neither a running one, nor its data. */
async function verifyFile(file: string, key: string | undefined): Promise<[Verdict, string]> {
  const { verifyAuditFile } = await import('@volvox/server');
  const verdict = await verifyAuditFile(file, key === undefined ? undefined : await readFile(key, 'utf8'));
  const remark =
    verdict.key === 'given'
      ? ''
      : `\nsigned by the key that the file itself names (${verdict.keyIds.join(', ')}): compare it, or use --key`;
  return [verdict, remark];
}

function told({ rows, signedUpTo, fault }: Verdict): string {
  if (fault !== null) return `DOES NOT HOLD: ${fault.what}`;
  return `holds: ${rows} events, ${signedUpTo === null ? 'not signed yet' : `signed up to ${signedUpTo}`}`;
}
