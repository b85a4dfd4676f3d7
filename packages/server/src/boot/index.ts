/** What other packages may use of the server: starting a node and the bootstrap settings. */
export { readBootstrap, variables, type Bootstrap } from './bootstrap.ts';
export { startNode, withServices, type Node } from './node.ts';
export { version } from './version.ts';
