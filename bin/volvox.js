#!/usr/bin/env node
// Runs the built command line under a supported Node; a server with the memory settings it is measured with (docs/benchmarks.md).
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { heedShell, onSupportedNode } from '../tools/node.mjs';

/**
 * A young generation in which requests of a moment die, collected by one thread (the others would take the cores from requests), and an old one
 * that may grow by two fifths before it is collected: left alone, V8 lets garbage grow to several times of what is alive. A smaller young one
 * (6 MiB) costs more memory than it saves: what a long listing makes then grows old before it dies. Flags of the caller come later and win.
 */
const heap = ['--max-semi-space-size=8', '--no-parallel-scavenge', '--heap-growing-percent=40'];

/** Threads with arenas of their own keep what they once had; memory that was freed goes back to the system, buffers of a socket (64 KiB) at once. */
const memory = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '65536',
};

/** Replaces this process by one with the settings, which only count from the start; where that can't be had, we run as we are. */
function withServerMemory() {
  if (process.execve === undefined || process.platform === 'win32') return;
  if (process.argv[2] !== 'start' || process.execArgv.includes(heap[0])) return;
  const environment = { ...memory, ...process.env };
  process.execve(
    process.execPath,
    [process.execPath, ...heap, ...process.execArgv, ...process.argv.slice(1)],
    environment,
  );
}

if (onSupportedNode()) {
  const built = new URL('../packages/server/dist/bundle/main.js', import.meta.url);
  if (!existsSync(fileURLToPath(built))) {
    console.error('Volvox is not built yet: run "npm run build" (or "npm start", which builds and starts)');
    process.exit(1);
  }
  withServerMemory();
  heedShell();
  // Compiled code of earlier starts; where the folder can't be written, there is none.
  module.enableCompileCache(fileURLToPath(new URL('../.cache/compiled', import.meta.url)));
  setTimeout(() => module.flushCompileCache(), 10_000).unref();
  const { main } = await import(built.href);
  await main(process.argv);
}
