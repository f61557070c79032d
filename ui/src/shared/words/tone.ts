/** The four meanings that a colour may have, and none. */
export type Tone = 'ok' | 'warn' | 'danger' | 'unknown' | 'plain';
