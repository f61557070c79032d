import { platform } from '../platform';
import type { Command, Reply, Request } from '../platform';

type Ask = {
  /** Commands that take nothing are called by their name alone. */
  <K extends Command>(command: K, ...request: Request<K> extends null ? [] : [Request<K>]): Promise<Reply<K>>;
};

/** Asks the core. Throws `Refused`, `Unreachable` or `NoSession`; `errorWords` says them in words. */
export const call: Ask = (command, ...request) =>
  platform.call(command, (request[0] ?? null) as Request<typeof command>);
