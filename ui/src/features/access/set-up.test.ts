import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Refused } from '../../api/errors';
import type { Refusal, SetUp } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { SetUpForm } from './set-up.svelte';

const call = vi.fn();
let form: SetUpForm;

const refused = (more: Partial<Refusal>): Refused =>
  new Refused({ code: 'invalid', field: null, problem: null, wait_s: null, by: null, message: '', ...more });

async function upToFactor(): Promise<void> {
  await form.next();
  form.site = 'Main building';
  form.zone = 'Asia/Almaty';
  await form.next();
  form.name = 'Ким Д.';
  form.login = 'kim';
  form.password = form.again = 'дождь над рекой';
  await form.next();
  form.code = '123 456';
}

beforeEach(() => {
  locale.choose('en');
  call.mockReset();
  call.mockImplementation((command: string) =>
    Promise.resolve(
      command === 'factor_offer'
        ? { secret: 'ABCD', uri: '', qr: ['1'] }
        : { access: { stage: 'signed_in' }, recovery_codes: ['A', 'B'], kit: { code: 'AAAAA-BBBB0', id: 'K1', made: '' } },
    ),
  );
  form = new SetUpForm({ call });
});

describe('the first start', () => {
  it('goes from the language to the desk, and sends what was typed', async () => {
    await upToFactor();
    await form.next();
    expect(form.step).toBe('codes');
    const [, sent] = call.mock.calls.at(-1) as [string, SetUp];
    expect(sent).toMatchObject({
      login: 'kim',
      name: 'Ким Д.',
      roles: ['operator', 'supervisor'],
      factor: { secret: 'ABCD', code: '123456' },
      site: { name: 'Main building', zone: 'Asia/Almaty', day_end: '23:59' },
    });
    expect(sent.site.hours).toHaveLength(7);
    expect([form.password, form.again, form.code]).toEqual(['', '', '']);
    await form.next();
    expect(form.step).toBe('kit');
    await expect(form.next()).resolves.toBeNull();
    expect(form.problems['group']).toBeDefined();
    form.typed = 'wrong';
    call.mockRejectedValueOnce(refused({ field: 'group', problem: 'mistyped' }));
    await expect(form.next()).resolves.toBeNull();
    expect(form.problems['group']).toBeDefined();
    form.typed = ' bbbbo ';
    await expect(form.next()).resolves.toBe(form.done);
    expect(call).toHaveBeenLastCalledWith('kit_confirm', { group: ' bbbbo ' });
  });

  it('keeps what was typed while one goes back, the phone’s secret too', async () => {
    await upToFactor();
    form.back();
    form.back();
    expect(form.step).toBe('site');
    expect([form.site, form.zone]).toEqual(['Main building', 'Asia/Almaty']);
    await form.next();
    expect([form.name, form.login, form.password]).toEqual(['Ким Д.', 'kim', 'дождь над рекой']);
    await form.next();
    expect(form.code).toBe('123 456');
    expect(call.mock.calls.filter(([command]) => command === 'factor_offer')).toHaveLength(1);
    form.back();
    form.login = 'kim2';
    await form.next();
    expect(call).toHaveBeenLastCalledWith('factor_offer', { login: 'kim2', password: 'дождь над рекой' });
    // Another password is asked about, and the phone keeps what it has.
    const { offer } = form;
    form.back();
    form.password = form.again = 'река под дождём';
    await form.next();
    expect(call).toHaveBeenLastCalledWith('factor_offer', { login: 'kim2', password: 'река под дождём' });
    expect(form.offer).toBe(offer);
  });

  it('goes to the step of the field that is refused', async () => {
    await upToFactor();
    call.mockRejectedValueOnce(refused({ field: 'password', problem: 'common' }));
    await form.next();
    expect(form.step).toBe('person');
    expect(form.problems['password']).toBeDefined();
    await form.next();
    call.mockRejectedValueOnce(refused({ field: 'zone', problem: 'unknown_zone' }));
    form.code = '1';
    await form.next();
    expect(form.step).toBe('site');
  });

  it('stays where a code was wrong, and says what is wrong with a clock', async () => {
    await upToFactor();
    call.mockRejectedValueOnce(refused({ field: 'code', problem: 'malformed' }));
    await form.next();
    expect([form.step, form.code]).toEqual(['factor', '']);
    form.code = '654321';
    call.mockRejectedValueOnce(refused({ code: 'wrong_clock', wait_s: 600 }));
    await form.next();
    expect(form.step).toBe('factor');
    expect(form.failure).toContain('10 min');
  });

  it('does not go on from what could have been said at once', async () => {
    await form.next();
    await form.next();
    await form.next();
    expect(Object.keys(form.problems)).toEqual(['name', 'login', 'password']);
    form.name = form.login = 'kim';
    form.password = 'дождь над';
    await form.next();
    expect(Object.keys(form.problems)).toEqual(['again']);
    form.shown = true;
    await form.next();
    expect(form.step).toBe('factor');
  });

  it('takes no password that is the login, before a phone is asked for', async () => {
    await form.next();
    await form.next();
    form.name = 'Kim';
    form.login = ' Operator.Kim';
    form.password = form.again = 'operator.KIM ';
    await form.next();
    expect([form.step, form.problems]).toEqual(['person', { password: 'The password must not be the login.' }]);
    expect(call).not.toHaveBeenCalled();
    form.password = form.again = 'operator.KIM and rain';
    await form.next();
    expect(form.step).toBe('factor');
  });

  it('lets the kit wait, but nothing before it, and does not say that it is on paper', async () => {
    await upToFactor();
    expect(form.later()).toBeNull();
    await form.next();
    expect([form.step, form.later()]).toEqual(['codes', null]);
    await form.next();
    expect(form.later()).toBe(form.done);
    expect(call.mock.calls.map(([command]) => command as string)).not.toContain('kit_confirm');
  });
});
