// Which rows of a long list are in sight, when rows differ in height.

/** Where each row begins, and at the end where the list ends. */
export function offsets<R>(rows: readonly R[], heightOf: (row: R) => number): Float64Array {
  const starts = new Float64Array(rows.length + 1);
  let top = 0;
  for (let at = 0; at < rows.length; at += 1) {
    starts[at] = top;
    top += heightOf(rows[at] as R);
  }
  starts[rows.length] = top;
  return starts;
}

/** The row at a height. */
export function rowAt(starts: Float64Array, y: number): number {
  let low = 0;
  let high = Math.max(0, starts.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The rows to draw: those in sight and some around them. `end` is not drawn. */
export function inSight(
  starts: Float64Array,
  top: number,
  height: number,
  around: number,
): { start: number; end: number } {
  const count = starts.length - 1;
  if (count <= 0) return { start: 0, end: 0 };
  return {
    start: Math.max(0, rowAt(starts, top) - around),
    end: Math.min(count, rowAt(starts, top + height) + 1 + around),
  };
}

/** Where to scroll so that a row is wholly seen beneath what lies over the top of the list. */
export function scrollFor(
  starts: Float64Array,
  index: number,
  view: { top: number; height: number; covered: number },
): number {
  const begin = starts[index] ?? 0;
  const end = starts[index + 1] ?? begin;
  if (begin < view.top) return begin;
  const room = view.height - view.covered;
  return end > view.top + room ? end - room : view.top;
}
