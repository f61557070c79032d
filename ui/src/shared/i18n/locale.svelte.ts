import type { Language } from '../../api/types';
import { overwriteGetLocale } from '../../paraglide/runtime';

export type Locale = 'ru' | 'en' | 'kk';

// Kazakh is prepared (its plurals, dates and numbers work, its words fall back to Russian) and is
// offered here and in the settings once its words are written.
const OFFERED: readonly Locale[] = ['ru', 'en'];

const REGIONS: Record<Locale, string> = { ru: 'ru-RU', en: 'en-GB', kk: 'kk-KZ' };

function ofSystem(): Locale {
  for (const language of navigator.languages) {
    const short = language.slice(0, 2);
    const found = OFFERED.find((locale) => locale === short);
    if (found !== undefined) return found;
  }
  return 'ru';
}

class LocaleState {
  current = $state<Locale>(ofSystem());

  /** For Intl. English is day first and has 24 hours, as the desk has. */
  get region(): string {
    return REGIONS[this.current];
  }

  choose(language: Language): void {
    this.current = language === 'system' ? ofSystem() : language;
    document.documentElement.lang = this.current;
  }
}

export const locale = new LocaleState();

// The words are functions that ask for the locale as they are drawn, so that a change of language
// is seen at once, without a reload.
overwriteGetLocale(() => locale.current);
