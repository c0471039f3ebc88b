/** Tells a person how far a long job is: a bar in a terminal, a few plain lines in a log. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** @param done of the total, never going back */
  update(done: number): void;
  /** Ends the display. */
  stop(): void;
}

/** @param unit of `total`, for people: `records` */
export type StartProgress = (title: string, total: number, unit: string) => Progress;

/** Lines a log gets between the first and the last. */
const LOG_STEPS = 4;

/** A bar where standard error is a terminal, else lines at the start, at each quarter, and at the end. */
export const showProgress: StartProgress = (title, total, unit) => (process.stderr.isTTY ? bar(title, total, unit) : lines(title, total, unit));

export const silentProgress: StartProgress = () => ({ update: () => {}, stop: () => {} });

function bar(title: string, total: number, unit: string): Progress {
  const display = new SingleBar({ format: `${title} [{bar}] {value}/{total} ${unit}, {eta_formatted} left`, stream: process.stderr, hideCursor: true });
  display.start(total, 0);
  return { update: (done) => display.update(done), stop: () => display.stop() };
}

function lines(title: string, total: number, unit: string): Progress {
  const say = (done: number): void => void process.stderr.write(`${title}: ${done} of ${total} ${unit}\n`);
  let next = 1;
  say(0);
  return {
    update(done) {
      if (done * LOG_STEPS < next * total) return;
      next = Math.floor((done * LOG_STEPS) / total) + 1;
      say(done);
    },
    stop: () => {},
  };
}
