#!/usr/bin/env node
// Runs the built command line under a supported Node.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onSupportedNode } from '../tools/node.mjs';

if (onSupportedNode()) {
  const built = new URL('../packages/cli/dist/main.js', import.meta.url);
  if (!existsSync(fileURLToPath(built))) {
    console.error('Volvox is not built yet: run "npm run build" (or "npm start", which builds and starts)');
    process.exit(1);
  }
  const { main } = await import(built.href);
  await main(process.argv);
}
