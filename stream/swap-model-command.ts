/** `leadwatch swap-model MANIFEST`: puts another model into service on a running server. */
import { Command } from 'commander';
import type { SwapReport } from './model-swap.ts';
import { askServer, personTokenOption, urlOption, type ServerAddress } from './server-client.ts';

/** @throws EcgError as the server refuses */
export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch swap-model')
    .description('Put another model, or the same encoder with other labels, into service on a running server; no segment is lost.')
    .argument('<manifest>', 'path of its manifest.json, as the server sees it, below the server\'s models directory')
    .addOption(urlOption())
    .addOption(personTokenOption('an engineer'))
    .option('--accept-lost-alarms', 'also where labels that raise alarms now would not with it', false)
    .action(async (manifest: string, { acceptLostAlarms, ...server }: ServerAddress & { acceptLostAlarms: boolean }) => {
      const report = await askServer<SwapReport>(server, 'POST', '/model', { manifest, acceptLostAlarms });
      console.log(`${report.model} is in service on ${report.executionProvider} after ${report.was}: ${report.replaced} replaced in ${report.tookMs} ms`);
      if (report.lostAlarms.length > 0) console.log(`no longer raised: ${report.lostAlarms.join(', ')}`);
    })
    .parseAsync(args, { from: 'user' });
}
