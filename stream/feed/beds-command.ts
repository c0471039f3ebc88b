/** `leadwatch beds`: the bed registry of a running server, from a terminal. */
import { Command, Option } from 'commander';
import { EcgError, ERROR_CODES, type ErrorCode } from '../../ecg/errors.ts';
import type { RegisteredBed } from './bed-registry.ts';
import { parseBed, urlOption } from './feed-command-options.ts';

interface Server {
  readonly url: string;
  readonly token: string;
}

/** @throws EcgError as the server answered */
export async function main(args: string[]): Promise<void> {
  const program = new Command().name('leadwatch beds').description('Set up the beds of a running server.');
  const verb = (name: string, description: string): Command =>
    program.command(name).description(description).addOption(urlOption())
      .addOption(new Option('--token <token>', 'of a person: a viewer may list, a clinician pair, an engineer do all').env('LEADWATCH_PAGE_TOKEN').default(''));

  verb('list', 'every bed, who lies there, whether a device is paired').action(async (server: Server) => {
    const { beds } = (await ask(server, 'GET', '/beds')) as { beds: RegisteredBed[] };
    if (beds.length === 0) console.log('No bed is registered.');
    for (const { bed, name, place, paired, patient } of beds) console.log([bed, name, place || '-', paired ? 'paired' : 'no device', patient ? `${patient.name} (${patient.id})` : 'nobody'].join('\t'));
  });
  verb('create', 'a bed that no device feeds yet').argument('<bed>', 'bed-9', parseBed).requiredOption('--name <name>', 'for people').option('--place <place>', 'ward and room', '')
    .action(async (bed: string, { name, place, ...server }: Server & { name: string; place: string }) => {
      await ask(server, 'POST', '/beds', { bed, name, place });
      console.log(`${bed} is registered; pair its device with \`leadwatch beds pair ${bed}\`.`);
    });
  verb('rename', 'another name').argument('<bed>', 'bed-9', parseBed).argument('<name>').action(async (bed: string, name: string, server: Server) => {
    await ask(server, 'PATCH', `/beds/${bed}`, { name });
    console.log(`${bed} is called ${name}.`);
  });
  verb('move', 'another place').argument('<bed>', 'bed-9', parseBed).argument('<place>').action(async (bed: string, place: string, server: Server) => {
    await ask(server, 'PATCH', `/beds/${bed}`, { place });
    console.log(`${bed} stands in ${place}.`);
  });
  verb('pair', 'a code for the bed\'s device, good once and for five minutes').argument('<bed>', 'bed-9', parseBed).action(async (bed: string, server: Server) => {
    const { code, untilMs } = (await ask(server, 'POST', `/beds/${bed}/pairing`)) as { code: string; untilMs: number };
    console.log(`${code}\nFor the device of ${bed}: POST ${server.url}/feeds/pair {"code": "${code}"}, until ${new Date(untilMs).toLocaleTimeString()}.`);
  });
  verb('revoke', 'the bed\'s device is cut off and its token worth nothing').argument('<bed>', 'bed-9', parseBed).action(async (bed: string, server: Server) => {
    await ask(server, 'DELETE', `/beds/${bed}/token`);
    console.log(`No device is admitted to ${bed} now.`);
  });
  await program.parseAsync(args, { from: 'user' });
}

async function ask({ url, token }: Server, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch((cause: unknown) => {
    throw new EcgError('COMMAND_INVALID', 'the server cannot be reached', { expected: 'a running server', received: (cause as Error).message, from: url, cause });
  });
  const text = await response.text();
  if (response.ok) return text === '' ? {} : JSON.parse(text);
  const said = parseRefusal(text);
  throw new EcgError(said.code !== undefined && said.code in ERROR_CODES ? (said.code as ErrorCode) : 'COMMAND_INVALID', said.message ?? `the server answered ${response.status}`, { from: url });
}

function parseRefusal(text: string): { readonly code?: string; readonly message?: string } {
  try {
    return JSON.parse(text) as { code?: string; message?: string };
  } catch {
    return {};
  }
}
