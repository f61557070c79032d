// What is half-typed, kept for a reload of the page: in the tab's own store, which no other tab and
// no later window reads. It is of people, so it goes with what was typed, with the session, and
// with whoever calls `forgetDrafts`.
const PREFIX = 'vakhta.draft.';
/** A browser that opens its last tabs again brings their stores back too: after a shift it is nobody's. */
const KEPT_MS = 12 * 60 * 60_000;

type Kept = { at: number; draft: unknown };

const forgetters = new Set<() => void>();

/** null: there is nothing to keep any more. */
export function keepDraft(name: string, draft: unknown): void {
  try {
    if (draft === null) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify({ at: Date.now(), draft } satisfies Kept));
  } catch {
    // A store that is full or forbidden costs only what a reload loses.
  }
}

/** What was kept, of whatever shape; null when nothing was, or too long ago. */
export function keptDraft(name: string): unknown {
  try {
    const { at, draft } = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? '') as Kept;
    const age = Date.now() - at;
    if (age >= 0 && age < KEPT_MS) return draft;
    sessionStorage.removeItem(PREFIX + name);
  } catch {
    // Nothing kept, or nothing that can be read.
  }
  return null;
}

/** Who holds a draft in memory forgets it together with what was kept. */
export function onForget(forget: () => void): () => void {
  forgetters.add(forget);
  return () => forgetters.delete(forget);
}

/** Forgets all that is half-typed, here and in the store: for a lock, for a sign-out, for the session's end. */
export function forgetDrafts(): void {
  for (const forget of forgetters) forget();
  try {
    const names = Array.from({ length: sessionStorage.length }, (_, at) => sessionStorage.key(at));
    for (const name of names) if (name?.startsWith(PREFIX)) sessionStorage.removeItem(name);
  } catch {
    // Where there is no store there is nothing in it.
  }
}
