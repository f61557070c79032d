import { Refused } from '../../api/errors';
import type { FactorOffer, Language, Role, SetUp, SetUpDone } from '../../api/types';
import { platform } from '../../platform';
import { m } from '../../shared/i18n/words';
import { fieldProblem, problemWord } from '../../shared/words/refusal';
import { readTime } from '../settings/site-draft';
import type { DayDraft } from '../settings/site-draft';
import { accessWords } from './failure';

export const STEPS = ['language', 'site', 'person', 'factor', 'codes', 'kit'] as const;
export type Step = (typeof STEPS)[number];

const WORKDAYS = 5;
const DAYS = 7;
const SHORTEST_PASSWORD = 8;
const folded = (text: string): string => text.trim().toLowerCase();

/** Where a field that the core refuses is typed; the site's own name cannot be too long here. */
const STEP_OF: Record<string, Step> = {
  language: 'language',
  zone: 'site',
  day_end: 'site',
  hours: 'site',
  name: 'person',
  login: 'person',
  password: 'person',
  roles: 'person',
  code: 'factor',
  factor: 'factor',
  group: 'kit',
};

/** What is wrong with a field, where the usual words would not help. */
const WRONG: Record<string, () => string> = { code: m.access_wrong_code, group: m.access_kit_differs };

/** The first start, step by step. What was typed stays while one goes back and forth. */
export class SetUpForm {
  step = $state<Step>('language');
  language = $state<Language>('system');
  site = $state('');
  zone = $state<string | null>(null);
  hours = $state<DayDraft[]>(
    Array.from({ length: DAYS }, (_, day) => ({ open: day < WORKDAYS, from: '09:00', until: '18:00' })),
  );
  name = $state('');
  login = $state('');
  password = $state('');
  again = $state('');
  /** Who sees what is typed need not type it twice. */
  shown = $state(false);
  roles = $state<Role[]>(['operator', 'supervisor']);
  offer = $state.raw<FactorOffer | null>(null);
  code = $state('');
  /** By field, in words. */
  problems = $state.raw<Partial<Record<string, string>>>({});
  /** What went wrong that belongs to no field. */
  failure = $state<string | null>(null);
  busy = $state(false);
  done = $state.raw<SetUpDone | null>(null);
  typed = $state('');
  #offeredTo = '';
  /** The password that the core would take when that was offered. */
  #offeredWith = '';

  constructor(private readonly core: Pick<typeof platform, 'call'> = platform) {}

  get number(): number {
    return STEPS.indexOf(this.step) + 1;
  }

  /** What is made is made: from there on one goes on only. */
  get canGoBack(): boolean {
    return this.done === null && this.step !== 'language';
  }

  back(): void {
    if (this.canGoBack) this.#go(STEPS[STEPS.indexOf(this.step) - 1]);
  }

  /** Gives what was made once the last step is done. */
  async next(): Promise<SetUpDone | null> {
    if (this.busy) return null;
    this.failure = null;
    this.problems = this.#unready();
    if (Object.keys(this.problems).length > 0) return null;
    switch (this.step) {
      case 'person':
        this.#go('factor');
        await this.offerFactor();
        return null;
      case 'factor':
        await this.#send();
        return null;
      case 'kit':
        return (await this.#confirmed()) ? this.done : null;
      default:
        this.#go(STEPS[STEPS.indexOf(this.step) + 1]);
        return null;
    }
  }

  /** Gives what was made although nobody has shown that the kit is on paper: it stays unconfirmed. */
  later(): SetUpDone | null {
    return this.step === 'kit' && !this.busy ? this.done : null;
  }

  /** The phone has the one that was offered already, unless it is for another login. */
  async offerFactor(): Promise<void> {
    const { login: typed, password } = this;
    const login = typed.trim();
    const same = this.offer !== null && this.#offeredTo === login;
    if (same && this.#offeredWith === password) return;
    if (!same) {
      this.offer = null;
      this.code = '';
    }
    this.failure = null;
    try {
      // A password that will not do is refused before a phone has taken anything up.
      const offer = await this.core.call('factor_offer', { login, password });
      if (!same) this.offer = offer;
      this.#offeredTo = login;
      this.#offeredWith = password;
    } catch (error) {
      this.#failed(error);
    }
  }

  flip(role: Role): void {
    this.roles = this.roles.includes(role) ? this.roles.filter((each) => each !== role) : [...this.roles, role];
  }

  get #draft(): SetUp {
    return {
      language: this.language,
      site: {
        name: this.site.trim(),
        zone: this.zone,
        day_end: '23:59',
        hours: this.hours.map(({ open, from, until }) =>
          open ? { from: readTime(from) ?? from, until: readTime(until) ?? until } : null,
        ),
        holidays: [],
      },
      login: this.login.trim(),
      name: this.name.trim(),
      password: this.password,
      roles: [...this.roles],
      factor: this.offer === null ? null : { secret: this.offer.secret, code: this.code.replaceAll(/\s/g, '') },
    };
  }

  async #send(): Promise<void> {
    this.busy = true;
    try {
      this.done = await this.core.call('set_up', this.#draft);
      this.password = this.again = this.code = '';
      this.offer = null;
      this.#go(this.done.recovery_codes.length > 0 ? 'codes' : 'kit');
    } catch (error) {
      this.#failed(error);
    } finally {
      this.busy = false;
    }
  }

  /** Whoever set the site up has the kit on paper: the core is told, so that it knows it after a reload. */
  async #confirmed(): Promise<boolean> {
    this.busy = true;
    try {
      await this.core.call('kit_confirm', { group: this.typed });
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  #failed(error: unknown): void {
    const problem = fieldProblem(error);
    const step = problem === null ? undefined : STEP_OF[problem.field];
    if (problem === null || step === undefined) {
      this.failure = accessWords(error);
      // A code serves for half a minute: the next one is another.
      if (error instanceof Refused) this.code = '';
      return;
    }
    this.#go(step);
    this.problems = { [problem.field]: WRONG[problem.field]?.() ?? problem.words };
    if (step === 'factor') this.code = '';
  }

  #go(step: Step | undefined): void {
    if (step === undefined) return;
    this.step = step;
    this.problems = {};
    this.failure = null;
  }

  /** Who has gone on must not be sent back for what could have been said at once. */
  #unready(): Record<string, string> {
    switch (this.step) {
      case 'site': {
        const bad = this.hours.some(({ open, from, until }) => open && (readTime(from) === null || readTime(until) === null));
        return bad ? { hours: m.site_time_bad() } : {};
      }
      case 'person':
        return this.#unreadyPerson();
      case 'factor':
        return this.code.trim() === '' ? { code: problemWord('empty') } : {};
      case 'kit':
        return this.typed.trim() === '' ? { group: m.access_kit_differs() } : {};
      default:
        return {};
    }
  }

  #unreadyPerson(): Record<string, string> {
    const empty = problemWord('empty');
    const short = [...this.password].length < SHORTEST_PASSWORD;
    const isLogin = !short && folded(this.password) === folded(this.login);
    return {
      ...(this.name.trim() === '' ? { name: empty } : {}),
      ...(this.login.trim() === '' ? { login: empty } : {}),
      ...(this.password === '' ? { password: empty } : short ? { password: problemWord('too_short') } : isLogin ? { password: m.access_password_is_login() } : {}),
      ...(!this.shown && !short && this.again !== this.password ? { again: m.access_again_differs() } : {}),
    };
  }
}
