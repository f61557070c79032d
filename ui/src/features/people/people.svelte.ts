import { call } from '../../api/client';
import type { Matrix, SessionView, UserView } from '../../api/types';

/** Who works here and where they are signed in, as last read. */
export class People {
  users = $state.raw<UserView[] | null>(null);
  sessions = $state.raw<SessionView[]>([]);
  matrix = $state.raw<Matrix | null>(null);
  failure = $state.raw<unknown>(null);

  async read(): Promise<void> {
    try {
      const [users, sessions, matrix] = await Promise.all([call('users'), call('sessions'), call('matrix')]);
      this.users = users;
      this.sessions = sessions;
      this.matrix = matrix;
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
  }
}
