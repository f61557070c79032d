/** Negative when `a` comes before `b`; 0 only for the same thing. */
export type Order<T> = (a: T, b: T) => number;

/**
 * A list that stays sorted while single items come and go: each change costs one search by halves
 * and one move of memory, not a sort. The order must not depend on anything that changes in place.
 */
export class SortedList<T> {
  #items: T[] = [];

  constructor(private readonly order: Order<T>) {}

  get length(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  /** A copy to be drawn; the list goes on changing beneath it. */
  copy(): T[] {
    return [...this.#items];
  }

  fill(items: readonly T[]): void {
    this.#items = items.toSorted(this.order);
  }

  add(item: T): void {
    const at = this.#place(item);
    const there = this.#items[at];
    const same = there !== undefined && this.order(there, item) === 0;
    this.#items.splice(at, same ? 1 : 0, item);
  }

  has(item: T): boolean {
    const there = this.#items[this.#place(item)];
    return there !== undefined && this.order(there, item) === 0;
  }

  remove(item: T): void {
    if (this.has(item)) this.#items.splice(this.#place(item), 1);
  }

  /** Keeps the first so many. */
  cut(length: number): void {
    if (this.#items.length > length) this.#items.length = length;
  }

  #place(item: T): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.order(this.#items[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
