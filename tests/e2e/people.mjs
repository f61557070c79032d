// Who works in a world of the tests: the first administrator as `vakhtad init` makes one, with a
// second factor taken up as a phone does, and somebody with every role who signs in by password.

import { createHmac, randomBytes } from 'node:crypto';

const STEP_S = 30;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A password that nobody else has. */
export const password = () => randomBytes(12).toString('base64url');

/** What a phone shows for a second factor; RFC 6238. */
export function code(secret, at = Date.now()) {
  let bits = '';
  for (const letter of secret.replaceAll(/[\s=]/g, '')) bits += BASE32.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 1000 / STEP_S)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** A seat of the tests' own: a cookie, and commands with it. */
export class Seat {
  cookie = '';

  constructor(world) {
    this.world = world;
  }

  async ask(command, request = null) {
    const headers = { 'content-type': 'application/json', ...(this.cookie && { cookie: this.cookie }) };
    const { value, cookie } = await this.world.post(command, request, headers);
    if (cookie !== undefined) this.cookie = cookie;
    return value;
  }

  /** Signs in; a first time with whatever is demanded of them. */
  async signIn({ login, password: secret, code: given = null }) {
    return this.ask('sign_in', { login, password: secret, code: given });
  }

  /** Takes up a second factor; its secret and recovery codes. */
  async takeUpFactor(login) {
    const { secret } = await this.ask('factor_offer', { login });
    const { codes } = await this.ask('factor_change', { secret, code: code(secret) });
    return { secret, codes };
  }
}

/** Enters somebody, who has replaced the password that they were given. */
export async function hire(admin, login, name, roles) {
  const given = await admin.ask('user_add', { login, name, roles });
  const seat = new Seat(admin.world);
  const own = password();
  await seat.signIn({ login, password: given.password });
  await seat.ask('password_change', { old: given.password, new: own });
  return { login, name, password: own, id: given.user.id, seat };
}
