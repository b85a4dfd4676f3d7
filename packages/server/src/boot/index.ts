/** What other packages may use of the server: starting a node and the bootstrap settings. */
export type { Bootstrap } from './bootstrap.ts';
export { variables } from './variables.ts';
export { openLocal, type Local } from './local.ts';
export { startNode, type Node } from './node.ts';
export { readBootstrap } from './read-bootstrap.ts';
export { setUpFrom, type SetUpResult } from './set-up.ts';
export { version } from './version.ts';
