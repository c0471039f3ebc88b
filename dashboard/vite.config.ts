import { defineConfig } from 'vite';

/** Builds the page into dashboard/dist: relative addresses, nothing inlined, so that `default-src 'self'` holds. */
export default defineConfig({
  root: `${import.meta.dirname}/client`,
  base: './',
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
