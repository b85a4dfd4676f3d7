import { readFileSync } from 'node:fs';
import { isCancel, password as ask } from '@clack/prompts';

/** Asked for on a terminal; the first line of standard input elsewhere. Never a flag: those show in process lists. */
export async function readPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    const [line = ''] = readFileSync(0, 'utf8').split('\n');
    if (line === '') throw new Error('no password on standard input');
    return line;
  }
  const answer = await ask({ message: question });
  if (isCancel(answer)) throw new Error('cancelled');
  return answer;
}
