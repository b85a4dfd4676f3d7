import { readFileSync } from 'node:fs';
import { isCancel, password as ask } from '@clack/prompts';
import { UsageError } from './exit.ts';

/** Asked for on a terminal; the first line of standard input elsewhere. Never a flag: those show in process lists. */
export async function readPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    const line = readStandardInput().split(/\r?\n/)[0] ?? '';
    if (line === '') throw new UsageError('no password on standard input');
    return line;
  }
  const answer = await ask({ message: question });
  if (isCancel(answer)) throw new Error('cancelled');
  return answer;
}

/** Nothing where it is closed. */
function readStandardInput(): string {
  try {
    return readFileSync(0, 'utf8');
  } catch {
    return '';
  }
}
