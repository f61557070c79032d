// A row never moves under the cursor. While a person scrolls a list, points at it or has chosen a
// row in it, its rows stay where they are: new ones wait and are counted, and what has gone keeps
// its place and says what became of it.

export type Shown<R> = {
  rows: readonly R[];
  /** How many rows wait to be shown. */
  waiting: number;
  /** Rows that are here only because they may not move. */
  gone: ReadonlySet<string>;
};

const NOTHING: ReadonlySet<string> = new Set();

export const free = <R>(rows: readonly R[]): Shown<R> => ({ rows, waiting: 0, gone: NOTHING });

export type Held<R> = {
  /** What a row is known by, from one state of the list to the next. */
  keyOf: (row: R) => string;
  /** A heading of a group: it is not counted among those that wait. */
  isHead: (row: R) => boolean;
};

/** The rows as they lay when they were held, each as it is now. */
export function heldBack<R>(held: readonly R[], now: readonly R[], { keyOf, isHead }: Held<R>): Shown<R> {
  if (held === now) return free(now);
  const present = new Map<string, R>();
  for (const row of now) present.set(keyOf(row), row);
  const gone = new Set<string>();
  let met = 0;
  const rows = held.map((row) => {
    const key = keyOf(row);
    const found = present.get(key);
    if (found === undefined) {
      if (!isHead(row)) gone.add(key);
      return row;
    }
    if (!isHead(row)) met += 1;
    return found;
  });
  let all = 0;
  for (const row of now) if (!isHead(row)) all += 1;
  return { rows, waiting: all - met, gone };
}

/** The row to choose by a step from another; headings are stepped over. */
export function step<R>(rows: readonly R[], from: number, by: number, isHead: (row: R) => boolean): number {
  const way = by < 0 ? -1 : 1;
  let left = Math.abs(by);
  let at = from;
  for (let next = from + way; next >= 0 && next < rows.length && left > 0; next += way) {
    const row = rows[next];
    if (row === undefined || isHead(row)) continue;
    at = next;
    left -= 1;
  }
  return at;
}
