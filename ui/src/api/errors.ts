import type { Refusal } from './types';

/** The core heard the request and said no. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** The core did not answer; whether it did what was asked is not known. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The browser has no session: the page must be opened by a link again. */
export class NoSession extends Error {
  override readonly name = 'NoSession';
}

/** Is this the shape of a refusal? What comes over a wire is not to be believed. */
export function isRefusal(value: unknown): value is Refusal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    'message' in value
  );
}
