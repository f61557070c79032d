import { call } from '../../api/client';
import { live } from '../../api/live.svelte';
import type { DeviceDraft, DeviceView, ReaderDirection } from '../../api/types';
import { onForget } from '../../shared/drafts';
import { m } from '../../shared/i18n/words';
import { toasts } from '../../shared/toasts.svelte';
import { errorWords, fieldProblem } from '../../shared/words/refusal';
import { meantUrl } from './address';
import { Trial } from './trial.svelte';

type Typed = { name: string; url: string; user: string; password: string; direction: ReaderDirection };
export type DeviceField = keyof Typed;

const blank = (): Typed => ({ name: '', url: '', user: 'admin', password: '', direction: 'both' });

/** null: stays as it is. */
const changed = <T>(value: T, before: T): T | null => (value === before ? null : value);

/** The form of a device, new or there already. It outlives its dialog, but for the password. */
class DeviceForm {
  typed = $state(blank());
  /** The device that is changed; null: a new one. */
  of = $state.raw<DeviceView | null>(null);
  problems = $state<Partial<Record<DeviceField, string>>>({});
  failure = $state<string | null>(null);
  saving = $state(false);
  /** Tries that the device has left, as it said last; a person decides whether to spend one. */
  tries = $state<number | null>(null);
  readonly trial = new Trial();

  constructor() {
    onForget(() => {
      this.clear();
      this.tries = null;
    });
  }

  beginNew(): void {
    if (this.of !== null) this.typed = blank();
    this.of = null;
    this.tries = null;
    this.#calm();
  }

  beginChange(device: DeviceView): void {
    const { name, url, user, direction } = device;
    if (this.of?.name !== name) this.typed = { name, url, user, direction, password: '' };
    this.of = device;
    this.tries = device.state === 'refused' ? device.tries_left : null;
    this.#calm();
  }

  get draft(): DeviceDraft {
    return { ...this.typed, name: this.typed.name.trim(), url: meantUrl(this.typed.url), user: this.typed.user.trim() };
  }

  /** What a test would ask is the same as what is kept: then the kept password can be used. */
  get untouched(): boolean {
    return this.of !== null && this.typed.password === '' && this.draft.url === this.of.url && this.draft.user === this.of.user;
  }

  get testable(): boolean {
    return this.untouched || (this.typed.url.trim() !== '' && this.typed.user.trim() !== '' && this.typed.password !== '');
  }

  mend(field: DeviceField): void {
    delete this.problems[field];
    this.failure = null;
    if (field === 'url') this.tries = null;
    if (field !== 'name' && field !== 'direction') this.trial.forget();
  }

  async test(): Promise<void> {
    this.problems = {};
    this.failure = null;
    const { of, draft } = this;
    await this.trial.run(() =>
      this.untouched && of !== null ? call('device_test', { name: of.name }) : call('device_try', draft),
    );
    const { report } = this.trial;
    if (report !== null) this.tries = report.tries_left;
    if (this.trial.failure !== null && this.#problem(this.trial.failure)) this.trial.forget();
  }

  /** Gives the name under which it was saved. */
  async save(): Promise<string | null> {
    if (this.saving) return null;
    this.saving = true;
    this.failure = null;
    this.problems = {};
    try {
      const saved = await (this.of === null ? call('device_add', this.draft) : this.#change(this.of));
      const before = this.of?.name ?? saved.name;
      const others = live.devices.filter((each) => each.name !== before && each.name !== saved.name);
      live.putDevices([...others, saved]);
      toasts.say(this.of === null ? m.device_added({ name: saved.name }) : m.device_changed({ name: saved.name }), { tone: 'ok' });
      this.clear();
      return saved.name;
    } catch (error) {
      if (!this.#problem(error)) this.failure = errorWords(error);
      return null;
    } finally {
      this.saving = false;
    }
  }

  clear(): void {
    this.typed = blank();
    this.of = null;
    this.#calm();
  }

  /** A password is not kept lying about when the dialog is closed. */
  close(): void {
    this.typed.password = '';
    this.trial.forget();
  }

  #change(of: DeviceView): Promise<DeviceView> {
    const { name, url, user, direction, password } = this.draft;
    return call('device_change', {
      name: of.name,
      new_name: changed(name, of.name),
      url: changed(url, of.url),
      user: changed(user, of.user),
      direction: changed(direction, of.direction),
      password: password === '' ? null : password,
    });
  }

  #problem(error: unknown): boolean {
    const problem = fieldProblem(error);
    if (problem === null) return false;
    const field = problem.field === 'new_name' ? 'name' : problem.field;
    if (!(field in this.typed)) return false;
    this.problems = { [field]: problem.words };
    return true;
  }

  #calm(): void {
    this.problems = {};
    this.failure = null;
    this.trial.forget();
  }
}

export const deviceForm = new DeviceForm();
