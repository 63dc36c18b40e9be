/**
 * Started through `npm start`, the hub must end with what started it: a killed parent cannot forward a signal. Started
 * directly it may outlive its shell, as with nohup.
 */
export function watchParent(onGone: () => void): void {
  if (process.env.BANYAN_ROOT === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 1000);
  timer.unref();
}
