// All words come from here: `import { m } from '…/shared/i18n/words'`. They live in ui/messages.
import './locale.svelte';

export { m } from '../../paraglide/messages';
