/** A binary heap: `pop` gives the item that comes before all others. */
export interface Heap<T> {
  push(item: T): void;
  pop(): T | undefined;
}

export function createHeap<T>(comesBefore: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];
  const swapIfBefore = (child: number, parent: number): boolean => {
    const [a, b] = [items[child]!, items[parent]!];
    if (!comesBefore(a, b)) return false;
    [items[child], items[parent]] = [b, a];
    return true;
  };
  return {
    push(item) {
      items.push(item);
      for (let i = items.length - 1; i > 0 && swapIfBefore(i, (i - 1) >> 1); i = (i - 1) >> 1);
    },
    pop() {
      const top = items[0];
      const last = items.pop();
      if (last === undefined || items.length === 0) return top;
      items[0] = last;
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2];
        const child = right < items.length && comesBefore(items[right]!, items[left]!) ? right : left;
        if (child >= items.length || !swapIfBefore(child, i)) return top;
        i = child;
      }
    },
  };
}
