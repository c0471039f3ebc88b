/** Measures every frame of the page: when it came, and how long script ran for it, messages taken since the last one included. */
export interface FrameFigures {
  /** Between frames, ms. */
  readonly intervals: number[];
  /** Of script, ms a frame. */
  readonly script: number[];
}

declare global {
  var frameMeter: { add(ms: number): void; take(): FrameFigures };
}

let intervals: number[] = [];
let script: number[] = [];
let lastFrame = performance.now();
let messages = 0;
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) => request((time) => {
  const began = performance.now();
  callback(time);
  const ended = performance.now();
  // Only the page's own loop asks for the next frame at once; what else asks counts towards the same frame.
  if (began - lastFrame < 2) {
    messages += ended - began;
    return;
  }
  intervals.push(began - lastFrame);
  script.push(ended - began + messages);
  messages = 0;
  lastFrame = began;
});

globalThis.frameMeter = {
  add: (ms) => void (messages += ms),
  take() {
    const taken = { intervals, script };
    intervals = [];
    script = [];
    return taken;
  },
};
