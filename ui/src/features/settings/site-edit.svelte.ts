import type { SiteSettings } from '../../api/types';
import { onForget } from '../../shared/drafts';
import { draftOf, same, siteOf } from './site-draft';
import type { SiteDraft } from './site-draft';

/** The half-edited site. It outlives the screen: looking something up elsewhere must not lose it. */
class SiteEdit {
  draft = $state<SiteDraft>();
  #base = $state.raw<SiteSettings>();

  constructor() {
    onForget(() => {
      this.draft = undefined;
      this.#base = undefined;
    });
  }

  get edited(): boolean {
    return this.draft !== undefined && this.#base !== undefined && !same(siteOf(this.draft, this.#base), this.#base);
  }

  /** Someone else has changed what is being edited here. */
  overtaken(site: SiteSettings): boolean {
    return this.edited && this.#base !== undefined && !same(site, this.#base);
  }

  begin(site: SiteSettings): void {
    this.#base = site;
    this.draft = draftOf(site);
  }

  /** Follows what others change for as long as nothing is edited here. */
  follow(site: SiteSettings): void {
    if (this.#base === undefined || (!this.edited && !same(site, this.#base))) this.begin(site);
  }
}

export const siteEdit = new SiteEdit();
