#!/usr/bin/env node
// `npm start`: installs and builds what is missing, then serves the demo ward.
import { buildPage, checkNode, installPackages } from './prepare.mjs';

checkNode();
installPackages();
buildPage();
process.argv.splice(2, 0, 'serve', '--demo');
await import('./run.mjs');
