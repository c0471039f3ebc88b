/** `leadwatch beds`: the bed registry of a running server, from a terminal. */
import { Command } from 'commander';
import { askServer, personTokenOption, urlOption, type ServerAddress } from '../server-client.ts';
import type { RegisteredBed } from './bed-registry.ts';
import { parseBed } from './feed-command-options.ts';

/** @throws EcgError as the server answered */
export async function main(args: string[]): Promise<void> {
  const program = new Command().name('leadwatch beds').description('Set up the beds of a running server.');
  const verb = (name: string, description: string): Command =>
    program.command(name).description(description).addOption(urlOption())
      .addOption(personTokenOption('a person: a viewer may list, a clinician pair, an engineer do all'));

  verb('list', 'every bed, who lies there, whether a device is paired').action(async (server: ServerAddress) => {
    const { beds } = await askServer<{ beds: RegisteredBed[] }>(server, 'GET', '/beds');
    if (beds.length === 0) console.log('No bed is registered.');
    for (const { bed, name, place, paired, patient } of beds) console.log([bed, name, place || '-', paired ? 'paired' : 'no device', patient ? `${patient.name} (${patient.id})` : 'nobody'].join('\t'));
  });
  verb('create', 'a bed that no device feeds yet').argument('<bed>', 'bed-9', parseBed).requiredOption('--name <name>', 'for people').option('--place <place>', 'ward and room', '')
    .action(async (bed: string, { name, place, ...server }: ServerAddress & { name: string; place: string }) => {
      await askServer(server, 'POST', '/beds', { bed, name, place });
      console.log(`${bed} is registered; pair its device with \`leadwatch beds pair ${bed}\`.`);
    });
  verb('rename', 'another name').argument('<bed>', 'bed-9', parseBed).argument('<name>').action(async (bed: string, name: string, server: ServerAddress) => {
    await askServer(server, 'PATCH', `/beds/${bed}`, { name });
    console.log(`${bed} is called ${name}.`);
  });
  verb('move', 'another place').argument('<bed>', 'bed-9', parseBed).argument('<place>').action(async (bed: string, place: string, server: ServerAddress) => {
    await askServer(server, 'PATCH', `/beds/${bed}`, { place });
    console.log(`${bed} stands in ${place}.`);
  });
  verb('pair', 'a code for the bed\'s device, good once and for five minutes').argument('<bed>', 'bed-9', parseBed).action(async (bed: string, server: ServerAddress) => {
    const { code, untilMs } = await askServer<{ code: string; untilMs: number }>(server, 'POST', `/beds/${bed}/pairing`);
    console.log(`${code}\nFor the device of ${bed}: POST ${server.url}/feeds/pair {"code": "${code}"}, until ${new Date(untilMs).toLocaleTimeString()}.`);
  });
  verb('revoke', 'the bed\'s device is cut off and its token worth nothing').argument('<bed>', 'bed-9', parseBed).action(async (bed: string, server: ServerAddress) => {
    await askServer(server, 'DELETE', `/beds/${bed}/token`);
    console.log(`No device is admitted to ${bed} now.`);
  });
  await program.parseAsync(args, { from: 'user' });
}
