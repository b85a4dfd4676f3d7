/** The command line from the sources. */
import { main } from '../../packages/cli/src/main.ts';

await main(process.argv);
