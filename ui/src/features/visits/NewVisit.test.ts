import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { Refused, Unreachable } from '../../api/errors';
import { live } from '../../api/live.svelte';
import type { Settings, VisitView } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { form } from './form.svelte';
import NewVisit from './NewVisit.svelte';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../api/client', () => ({ call }));

beforeEach(() => {
  locale.choose('en');
  form.clear();
  call.mockReset();
  call.mockResolvedValue({ visits: [] });
  live.connection = { state: 'open', since: 0 };
  live.settings = { site: { zone_in_force: 'Asia/Almaty', day_end: '22:00' } } as Settings;
});

const show = () => render(NewVisit, { onclose: vi.fn(), visitAddress: (id: string) => `#${id}` });
const submit = (): Promise<boolean> => fireEvent.submit(document.querySelector('form') as HTMLFormElement);

it('says a problem beside its field and keeps what was typed', async () => {
  show();
  await fireEvent.input(screen.getByLabelText('Visitor'), { target: { value: 'Li Yan' } });
  call.mockRejectedValue(new Refused({ code: 'invalid', field: 'host', problem: 'empty', wait_s: null, by: null, message: '' }));
  await submit();
  const host = await screen.findByLabelText('Host');
  await vi.waitFor(() => expect(host.getAttribute('aria-invalid')).toBe('true'));
  expect(screen.getByLabelText<HTMLInputElement>('Visitor').value).toBe('Li Yan');
});

it('says of a card that another has whose it is, beside the card', async () => {
  show();
  await fireEvent.input(screen.getByLabelText('Visitor'), { target: { value: 'Li Yan' } });
  call.mockRejectedValue(new Refused({ code: 'taken', field: 'card_no', problem: null, wait_s: null, by: 'Kim D.', message: '' }));
  await submit();
  const card = await screen.findByLabelText(/^Card/);
  await vi.waitFor(() => expect(card.getAttribute('aria-invalid')).toBe('true'));
  const said = document.querySelector(`[id="${card.getAttribute('aria-describedby')}"]`);
  expect(said?.textContent).toContain('Kim D.');
});

it('survives being closed, and an answer that never came', async () => {
  const { unmount } = show();
  await fireEvent.input(screen.getByLabelText('Visitor'), { target: { value: 'Li Yan' } });
  call.mockRejectedValue(new Unreachable('gone'));
  await submit();
  expect((await screen.findByRole('alert')).textContent).toContain('may have been saved');
  unmount();
  show();
  expect(screen.getByLabelText<HTMLInputElement>('Visitor').value).toBe('Li Yan');
});

it('saves with what the core fills in by itself, and begins anew', async () => {
  show();
  expect(screen.getByPlaceholderText('22:00')).toBeDefined();
  await fireEvent.input(screen.getByLabelText('Visitor'), { target: { value: 'Li Yan' } });
  await fireEvent.input(screen.getByLabelText('Host'), { target: { value: 'Kim' } });
  call.mockResolvedValue({ id: 'v1', visitor: 'Li Yan', status: 'expected', turns: null, actions: [] } as unknown as VisitView);
  await submit();
  await vi.waitFor(() => expect(form.blank).toBe(true));
  expect(call).toHaveBeenCalledWith('visit_add', expect.objectContaining({ visitor: 'Li Yan', host: 'Kim', from: null, until: null }));
});
