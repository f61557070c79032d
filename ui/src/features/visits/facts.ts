import type { FactKind, FactView } from '../../api/types';
import { when } from '../../shared/i18n/format';
import { m } from '../../shared/i18n/words';
import { originWord } from '../../shared/words/visit';

const FACT: Record<FactKind, () => string> = {
  planned: m.visit_fact_planned,
  requested: m.visit_fact_requested,
  approved: m.visit_fact_approved,
  declined: m.visit_fact_declined,
  cancelled: m.visit_fact_cancelled,
  entered: m.visit_fact_entered,
  left: m.visit_fact_left,
  closed_automatically: m.visit_fact_closed_automatically,
  reopened: m.visit_fact_reopened,
  not_passed: m.visit_fact_not_passed,
  undone: m.visit_fact_undone,
};

export const factWord = (kind: FactKind): string => FACT[kind]();

/** In the order of their times: facts may be told in any other. */
export const inOrder = (facts: readonly FactView[]): FactView[] =>
  facts.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));

/** What has taken a fact back, in words; null for a fact that counts. */
export function revokedBy(fact: FactView, facts: readonly FactView[]): string | null {
  if (!fact.revoked) return null;
  const by = facts.find((each) => each.revokes === fact.id);
  return by === undefined
    ? m.visit_fact_revoked()
    : m.visit_fact_revoked_by({ what: factWord(by.kind).toLowerCase(), when: when(by.at) });
}

/** Where a fact comes from, and who has put it down when that says more. */
export function byline(fact: FactView): string {
  const origin = originWord(fact.origin);
  const known = fact.author === '' || fact.author.toLowerCase() === fact.origin;
  return known ? origin : m.visit_fact_by({ origin, author: fact.author });
}
