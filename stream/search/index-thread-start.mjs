// Registers the TypeScript loader in the thread, which does not take it over from the process in every Node, and begins.
import { register } from 'tsx/esm/api';

register();
await import('./index-thread.ts');
