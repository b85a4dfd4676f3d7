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

/**
 * Handlers are compiled by the middle compiler (Maglev) after some 50 requests instead of 400, and by the costly one only if they stay busy: what
 * V8 waits for takes the first thousands of requests of a node, and then as much of the processor as they do.
 */
const compilers = [
  '--invocation-count-for-feedback-allocation=2',
  '--invocation-count-for-maglev=50',
  '--minimum-invocations-after-ic-update=100',
  '--invocation-count-for-turbofan=30000',
];

/** Such flags are no promise of V8, and one that a release does not know ends it: only those of releases that were tried. */
function flags() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major > 24) return [];
  return major === 24 ? [...heap, ...compilers] : heap;
}

/** Threads with arenas of their own keep what they once had; memory that was freed goes back to the system, buffers of a socket (64 KiB) at once. */
const memory = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '65536',
};

/** Replaces this process by one with the settings, which only count from the start; where that can't be had, we run as we are. */
function withServerMemory() {
  if (process.execve === undefined || process.platform === 'win32') return;
  const settings = flags();
  if (process.argv[2] !== 'start' || settings.every((flag) => process.execArgv.includes(flag))) return;
  const environment = { ...memory, ...process.env };
  process.execve(
    process.execPath,
    [process.execPath, ...settings, ...process.execArgv, ...process.argv.slice(1)],
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
