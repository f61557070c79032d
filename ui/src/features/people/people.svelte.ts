import { call } from '../../api/client';
import type { Matrix, SessionView, UserView } from '../../api/types';

/** Who works here and where they are signed in, as last read. */
export class People {
  users = $state.raw<readonly UserView[] | null>(null);
  sessions = $state.raw<readonly SessionView[]>([]);
  matrix = $state.raw<Matrix | null>(null);
  failure = $state.raw<unknown>(null);
  busy = $state(false);

  async read(): Promise<void> {
    this.busy = true;
    try {
      const [users, sessions, matrix] = await Promise.all([call('users'), call('sessions'), call('matrix')]);
      this.users = users;
      this.sessions = sessions;
      this.matrix = matrix;
      this.failure = null;
    } catch (error) {
      this.failure = error;
    } finally {
      this.busy = false;
    }
  }

  /** What a command has answered; sessions that it may have ended are read again. */
  async put(user: UserView): Promise<void> {
    const others = this.users ?? [];
    const known = others.some(({ id }) => id === user.id);
    this.users = known ? others.map((each) => (each.id === user.id ? user : each)) : [...others, user];
    await this.read();
  }
}

/** By name; whoever is kept out comes last. */
export function inOrder(users: readonly UserView[], compare: (a: string, b: string) => number): UserView[] {
  return users.toSorted(
    (a, b) => Number(a.disabled) - Number(b.disabled) || compare(a.name, b.name) || compare(a.login, b.login),
  );
}

/** Who administers and is not kept out. */
export const administrators = (users: readonly UserView[]): UserView[] =>
  users.filter(({ disabled, roles }) => !disabled && roles.includes('administrator'));

/** Who is left to take the factor of `of` away, if `me` vouches that it is lost. */
export const leftToConfirm = (users: readonly UserView[], of: string, me: string | undefined): UserView[] =>
  administrators(users).filter(({ id }) => id !== of && id !== me);
