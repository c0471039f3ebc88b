#!/usr/bin/env node
// Runs one `leadwatch` verb from an npm script: `npm run train -- --config quick`.
// Registers the TypeScript loader in this process, so that no build step stands between source and command.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
await import(pathToFileURL(require.resolve('tsx')).href);
await import('../cli.ts');
