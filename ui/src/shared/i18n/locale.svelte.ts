import type { Language } from '../../api/types';
import { platform } from '../../platform';
import { overwriteGetLocale } from '../../paraglide/runtime';

export type Locale = 'ru' | 'en' | 'kk';

// Kazakh is prepared (its plurals, dates and numbers work, its words fall back to Russian) and is
// offered here and in the settings once its words are written.
const OFFERED: readonly Locale[] = ['ru', 'en'];

const REGIONS: Record<Locale, string> = { ru: 'ru-RU', en: 'en-GB', kk: 'kk-KZ' };

/** Who reads these reads Russian too, while nothing is written in them. */
const READ_RUSSIAN = new Set(['kk', 'uz', 'ky', 'tg', 'tk', 'be', 'uk', 'az', 'hy', 'ka']);

/** The first language that is known. The shell decides alike (src-tauri/crates/notify) and tells its page. */
export function firstOf(wished: readonly string[]): Locale {
  for (const language of wished) {
    const short = language.split(/[-_.]/, 1)[0]?.toLowerCase() ?? '';
    const found = OFFERED.find((locale) => locale === short);
    if (found !== undefined) return found;
    if (READ_RUSSIAN.has(short)) return 'ru';
  }
  return 'ru';
}

const ofSystem = (): Locale => firstOf(platform.languages());

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
