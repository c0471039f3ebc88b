/** A verb with parts, each a command of its own: `evaluate` and `bench`. */
export interface Part {
  readonly summary: string;
  readonly load: () => Promise<{ main(args: string[]): Promise<void> }>;
}

export const asksForHelp = (name: string | undefined): boolean => name === '--help' || name === '-h' || name === 'help';

export function partsUsage(verb: string, parts: Readonly<Record<string, Part>>): string {
  const width = Math.max(...Object.keys(parts).map((name) => name.length));
  return [`Usage: leadwatch ${verb} <part> [options]`, '', ...Object.entries(parts).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`), '', 'Each part explains itself with --help.'].join('\n');
}
