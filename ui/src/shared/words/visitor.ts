import { m } from '../i18n/words';

/** As a visitor is called; somebody who was erased has no name any more. */
export const visitorName = (name: string): string => (name === '' ? m.visitor_erased() : name);
