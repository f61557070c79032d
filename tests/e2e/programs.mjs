// Programs of the tests' own: where they are, how they are started, waited for and spoken to. What
// was started ends with the tests, also when these are killed.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const TARGET = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug');
export const VAKHTA = process.env.VAKHTA_BIN ?? join(TARGET, 'vakhta');
export const VAKHTAD = process.env.VAKHTAD_BIN ?? join(TARGET, 'vakhtad');
export const ISAPI_SIM = process.env.ISAPI_SIM_BIN ?? join(TARGET, 'isapi-sim');

/** Nothing that a test waits for takes longer; what does is a failure. */
export const BOUND_MS = 20_000;
/** How often a condition is looked at that only asking can tell. */
const LOOK_MS = 20;

// What is started dies with the tests even when these are killed and can end nothing any more.
const SETPRIV = '/usr/bin/setpriv';
const WITH_US = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];

const started = new Set();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/** Asks until it holds; what it gave. What it last gave instead is in the failure. */
export async function until(what, holds, ms = BOUND_MS) {
  const limit = Date.now() + ms;
  let seen;
  for (;;) {
    const found = await holds((instead) => (seen = instead));
    if (found) return found;
    if (Date.now() > limit) {
      const instead = seen === undefined ? '' : `; there is ${JSON.stringify(seen)}`;
      throw new Error(`not within ${ms} ms: ${what}${instead}`);
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/** A program; `log` is what it has said so far. */
export function run(program, args, env = {}) {
  const [first, ...rest] = [...WITH_US, program, ...args];
  const child = spawn(first, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.log = '';
  const note = (text) => (child.log += text);
  child.stdout.setEncoding('utf8').on('data', note);
  child.stderr.setEncoding('utf8').on('data', note);
  child.ended = new Promise((done) => {
    child.on('exit', (code, signal) => {
      started.delete(child);
      done(code ?? signal);
    });
    child.on('error', (error) => {
      started.delete(child);
      done(error);
    });
  });
  started.add(child);
  return child;
}

/** What a program has said, once it has said it. */
export async function said(child, what, pattern) {
  let over;
  void child.ended.then((end) => (over = end));
  return until(what, () => {
    const found = pattern.exec(child.log);
    if (found === null && over !== undefined) throw new Error(`${what}: it ended (${over}); it said: ${child.log}`);
    return found;
  });
}

/** Ends a program that has not ended, and waits until it has. */
export async function end(child) {
  child.kill('SIGKILL');
  await child.ended;
}

const kept = new Agent({ keepAlive: true, maxSockets: 64 });

/** An HTTP request that says exactly what it is told to, also what `fetch` would not let it say. */
export function http(address, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((done, fail) => {
    const asked = httpRequest(address, { method, headers, agent: kept }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text }));
      answer.on('error', fail);
    });
    asked.setTimeout(BOUND_MS, () => asked.destroy(new Error(`no answer: ${method} ${address}`)));
    asked.on('error', fail);
    asked.end(body);
  });
}
