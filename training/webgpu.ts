/** WebGPU in Node, by Dawn (the package `webgpu`): a GPU of any make with a Vulkan, Metal or D3D12 driver, and nothing of CUDA. */

/** Puts it where TensorFlow.js looks for it, as in a browser. */
export async function exposeWebGpu(): Promise<void> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  // Node 21 and later have a navigator of their own.
  Object.defineProperty(globalThis, 'navigator', { value: { ...globalThis.navigator, gpu: create([]) }, configurable: true });
}
