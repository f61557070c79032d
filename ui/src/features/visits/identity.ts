// What proves or reaches a visitor, in words, and what a form of it asks of the core. Pure.
import type { IdentityChange, IdentityKind, VisitorView } from '../../api/types';
import { m } from '../../shared/i18n/words';

export const KINDS: readonly IdentityKind[] = ['document', 'iin', 'phone'];

const WORD: Record<IdentityKind, () => string> = {
  document: m.identity_document,
  iin: m.identity_iin,
  phone: m.identity_phone,
};

export const identityWord = (kind: IdentityKind): string => WORD[kind]();

/** What is typed for each; what was there before is not shown, and stays where nothing is typed. */
export type Typed = Record<IdentityKind, { text: string; gone: boolean }>;

export const blank = (): Typed => ({
  document: { text: '', gone: false },
  iin: { text: '', gone: false },
  phone: { text: '', gone: false },
});

export const maskedOf = (visitor: VisitorView, kind: IdentityKind): string | null =>
  visitor.identity.find((each) => each.kind === kind)?.masked ?? null;

/** One change for each that is replaced or taken away. */
export function changes(visitor: VisitorView, typed: Typed): IdentityChange[] {
  return KINDS.flatMap((kind): IdentityChange[] => {
    const { text, gone } = typed[kind];
    if (text.trim() !== '') return [{ visitor: visitor.id, kind, value: text.trim() }];
    return gone && maskedOf(visitor, kind) !== null ? [{ visitor: visitor.id, kind, value: null }] : [];
  });
}
