import type { Reply, Task } from './task.ts';

declare global {
  interface Window {
    /** Does a task in a web worker of its own, so that each has its own number of kernel threads. */
    perform(task: Task): Promise<unknown>;
  }
}

window.perform = (task) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      worker.terminate();
      if ('failed' in data) reject(new Error(data.failed));
      else resolve(data.answer);
    });
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.postMessage(task, []);
  });
