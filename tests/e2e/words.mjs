// What the page says, by the names of its messages: so that a test reads as what it looks for and
// not as one language of it. Where the words themselves matter, a test spells them out.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './world.mjs';

/** `say('action_new_visit')`, `say('acted_check_in', { name })`. */
export function words(language) {
  const messages = JSON.parse(readFileSync(join(ROOT, 'ui/messages', `${language}.json`), 'utf8'));
  const plural = new Intl.PluralRules(language);
  return (key, values = {}) => {
    let text = messages[key];
    if (text === undefined) throw new Error(`no words: ${key}`);
    if (Array.isArray(text)) {
      const { match } = text[0];
      text = match[`form=${plural.select(values.count)}`] ?? match['form=other'];
    }
    return text.replace(/\{(\w+)\}/g, (_, name) => {
      if (values[name] === undefined) throw new Error(`${key} wants ${name}`);
      return String(values[name]);
    });
  };
}

export const ru = words('ru');
export const en = words('en');
