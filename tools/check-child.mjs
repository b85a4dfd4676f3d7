import { check } from './check.mjs';

// In a process of its own, so that the suites beside it go on.
process.exit(check());
