// The one field has the focus at the start and after every action. Whoever ends an action gives it
// back by `theField.focus()`, without knowing the field.
let field: HTMLInputElement | undefined;

export const theField = {
  is(input: HTMLInputElement): () => void {
    field = input;
    return () => {
      if (field === input) field = undefined;
    };
  },

  focus(): void {
    // On a phone the keyboard of the screen would cover what was just done.
    if (window.matchMedia('(pointer: coarse)').matches) return;
    field?.focus();
    field?.select();
  },
};
