// A device that is not there, at a real address: `isapi-sim`, and what may happen to it.

import { end, http, ISAPI_SIM, run, said } from './programs.mjs';

/** Of the simulated devices. */
export const PASSWORD = '12345678a';

/** One that runs; the options are those of the program. */
export async function simulator(...options) {
  const child = run(ISAPI_SIM, ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', ...options]);
  const [, ready, control] = await said(child, 'a simulated device', /^isapi-sim ready: (\S+) control: (\S+)$/m);

  async function post(path, wish = {}) {
    const body = JSON.stringify(wish);
    const { status, text } = await http(`${control}${path}`, { method: 'POST', body });
    if (status !== 200) throw new Error(`${path} ${body}: ${text}`);
    return JSON.parse(text);
  }
  async function get(path) {
    return JSON.parse((await http(`${control}${path}`)).text);
  }

  return {
    url: ready,
    /** Somebody is let through; its number in the device's log. */
    pass: async (who = {}) => (await post('/pass', who)).serial,
    /** Somebody is turned away, for a reason by its code. */
    refuse: async (minor, who = {}) => (await post('/pass', { major: 5, minor, ...who })).serial,
    fault: (name, value = true) => post('/fault', { name, value }),
    clock: (wish) => post('/clock', wish),
    burst: (wish) => post('/burst', wish),
    password: (password) => post('/password', { password }),
    unplug: () => post('/unplug'),
    plug: () => post('/plug'),
    log: () => get('/log'),
    state: () => get('/state'),
    end: () => end(child),
  };
}
