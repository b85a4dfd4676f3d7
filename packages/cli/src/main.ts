import { buildProgram } from './program.ts';

/** Entry of `bin/volvox.js`. */
export async function main(argv: readonly string[]): Promise<void> {
  await buildProgram().parseAsync([...argv]);
}
