import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** The API is proxied in development, so that cookies and paths are those of production. */
const server = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 1000,
    assetsInlineLimit: 0,
    // The application, and the page of public links.
    rolldownOptions: { input: ['index.html', 'share.html'] },
  },
  server: { port: 5173, proxy: { '/api': { target: server, changeOrigin: false } } },
});
