#!/usr/bin/env node
// `leadwatch <verb>`: the same door as the npm scripts.
import '../scripts/run.mjs';
