// The screens as a person finds things on them: by what they are and what they are called.

import { frames } from './browser.mjs';

/** `say`: the words of the language that the page is in. */
export function screen(page, say) {
  const named = (role, key, values) => page.getByRole(role, { name: say(key, values), exact: true });
  const self = {
    page,
    say,

    // --- everywhere ---

    /** The one field. */
    field: page.getByRole('combobox', { name: say('search_label'), exact: true }),
    /** What the one field has found, and what it offers. */
    found: page.getByRole('search').getByRole('option'),
    /** The row of it that Enter acts upon. */
    picked: page.getByRole('search').getByRole('option', { selected: true }),
    main: page.getByRole('main'),
    status: page.getByRole('contentinfo', { name: say('status_label') }),
    toasts: page.getByRole('log', { name: say('notifications_label') }),
    toast: (text) => self.toasts.getByText(text),
    section: (view) => page.getByRole('navigation', { name: say('nav_label') }).getByRole('link', { name: say(`nav_${view}`) }),
    dialog: (key, values) => named('dialog', key, values),
    button: (key, values) => named('button', key, values),

    /** The application is there and has its data. */
    async ready() {
      await self.field.waitFor();
      return self;
    },

    // --- the desk ---

    /** A list of the desk: expected, inside, happening. */
    list: (name) => named('grid', `desk_${name}`),
    column: (name) => named('region', `desk_${name}`),
    row: (list, text) => self.list(list).getByRole('row').filter({ hasText: text }),
    chosen: (list) => self.list(list).locator('[role=row][aria-selected=true]'),
    /** What tells more beside the lists. */
    panel: (key) => named('region', key),

    /** A field of a form; it may say that it is optional. */
    formField: (form, key) => form.getByLabel(new RegExp(`^${say(key)}\\s*(${say('field_optional')})?$`)),

    /** Opens the form of a new visit and types into it; the names are those of the fields. */
    async planned(typed) {
      await self.button('action_new_visit').first().click();
      const form = self.dialog('visit_new');
      for (const [field, text] of Object.entries(typed)) {
        await self.formField(form, `visit_new_${field}`).fill(text);
      }
      await form.getByRole('button', { name: say('visit_new_save'), exact: true }).click();
      await form.waitFor({ state: 'detached' });
    },

    // --- devices ---

    /** All that is said of a device in the list. */
    device: (name) => page.getByRole('rowgroup').filter({ has: page.getByRole('rowheader', { name: new RegExp(`^${name}`) }) }),
    deviceMenu: async (name, key) => {
      await self.button('device_menu', { name }).click();
      await page.getByRole('menuitem', { name: say(key), exact: true }).click();
    },
    /** Types into the form of a device; the names are those of the fields. */
    async typeDevice(form, typed) {
      for (const [field, text] of Object.entries(typed)) {
        const control = form.getByLabel(say(`device_field_${field}`), { exact: true });
        if (field === 'direction') await control.selectOption(text);
        else await control.fill(text);
      }
    },
    /** Colour and pattern of the mark of a condition. */
    mark: (inside) =>
      inside.locator('.dot').first().evaluate((dot) => {
        const { backgroundColor, backgroundImage } = getComputedStyle(dot);
        return `${backgroundColor} ${backgroundImage}`;
      }),

    // --- settings ---

    pick: (key) => page.getByLabel(say(key), { exact: true }),
    zone: page.getByRole('combobox', { name: say('site_zone'), exact: true }),
    siteField: (key) => page.getByRole('textbox', { name: say(key), exact: true }),

    /** Text of each row that is drawn of a list, from its top. */
    async rows(list) {
      await frames(page);
      return self.list(list).getByRole('row').allInnerTexts();
    },
  };
  return self;
}
