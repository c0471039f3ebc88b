/** Progress of a command: a bar in a terminal, a line now and then in a log. */
import { SingleBar } from 'cli-progress';

/** A log gets a line every tenth of the way. */
const LOG_STEPS = 10;

export interface Progress {
  update(step: string, done: number, of: number, extra?: string): void;
  stop(): void;
}

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? terminalProgress(stream) : logProgress(stream);
}

function terminalProgress(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  let current = '';
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
    current = '';
  };
  return {
    update(step, done, of, extra = '') {
      if (step !== current) {
        stop();
        current = step;
        bar = new SingleBar({ stream, format: '{step} [{bar}] {percentage}% {value}/{total} ETA {eta_formatted} {extra}', hideCursor: true });
        bar.start(of, done, { step, extra });
      } else {
        bar?.update(done, { extra });
      }
    },
    stop,
  };
}

function logProgress(stream: NodeJS.WriteStream): Progress {
  let current = '';
  let written = -1;
  return {
    update(step, done, of, extra = '') {
      if (step !== current) written = -1;
      current = step;
      const tenth = Math.floor((LOG_STEPS * done) / of);
      if (tenth === written) return;
      written = tenth;
      stream.write(`${step}: ${done}/${of}${extra === '' ? '' : ` ${extra}`}\n`);
    },
    stop() {},
  };
}
