/** How long training still takes when it goes on as fast; undefined until a hundredth is done, too little to tell by. */
export function remainingMs(
  elapsedMs: number,
  step: number,
  totalSteps: number | undefined,
): number | undefined {
  if (totalSteps === undefined || step < totalSteps / 100 || step <= 0 || step > totalSteps) return undefined;
  return (elapsedMs * (totalSteps - step)) / step;
}
