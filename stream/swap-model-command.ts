/** `leadwatch swap-model MANIFEST`: puts another model into service on a running server. */
import { Command } from 'commander';
import { EcgError } from '../ecg/errors.ts';
import type { SwapReport } from './model-swap.ts';

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch swap-model')
    .description('Put another model, or the same encoder with other labels, into service on a running server; no segment is lost.')
    .argument('<manifest>', 'path of its manifest.json, as the server sees it, below the server\'s models directory')
    .option('--url <url>', 'of the server', 'http://127.0.0.1:8080')
    .option('--token <token>', 'of an engineer', process.env['LEADWATCH_PAGE_TOKEN'] ?? '')
    .option('--accept-lost-alarms', 'also where labels that raise alarms now would not with it', false)
    .action(async (manifest: string, { url, token, acceptLostAlarms }: { url: string; token: string; acceptLostAlarms: boolean }) => {
      const report = await ask(url, token, { manifest, acceptLostAlarms });
      console.log(`${report.model} is in service on ${report.executionProvider} after ${report.was}: ${report.replaced} replaced in ${report.tookMs} ms`);
      if (report.lostAlarms.length > 0) console.log(`no longer raised: ${report.lostAlarms.join(', ')}`);
    })
    .parseAsync(args, { from: 'user' });
}

/** @throws EcgError MODEL_SWAP with the server's own words, or where none answers */
async function ask(url: string, token: string, body: object): Promise<SwapReport> {
  let answer: SwapReport | { readonly code: string; readonly message: string };
  try {
    const response = await fetch(new URL('/model', url), {
      method: 'POST', headers: { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) }, body: JSON.stringify(body) });
    answer = await response.json() as typeof answer;
  } catch (cause) {
    throw new EcgError('MODEL_SWAP', 'no Leadwatch server answers', { expected: 'a running Leadwatch', received: (cause as Error).message, from: url, cause });
  }
  if (!('code' in answer)) return answer;
  throw new EcgError('MODEL_SWAP', `the server refused (${answer.code}): ${answer.message}`);
}
