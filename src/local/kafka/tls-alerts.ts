// What a broker says by TLS after a connection stands. With TLS 1.3 the client is done before the broker has judged its certificate (RFC 8446,
// section 4.4.2.4): the alert comes later, and the client library tells whoever waits for an answer only that the connection was closed.
import { NetworkError } from '@platformatic/kafka';
import { codeOf } from './errors.ts';

/** Emits for each connection that stands; `Consumer` and `ConnectionPool` do under the names of `watch`. */
interface Connecting {
  on(name: string, listener: (made: { readonly connection: Failing }) => void): unknown;
}

interface Failing {
  on(name: 'error', listener: (error: Error) => void): unknown;
}

export interface TlsAlerts {
  /** Listens to the connections of an emitter from now on. */
  watch(emitter: Connecting, name: 'connect' | 'client:broker:connect'): void;
  /** Something was answered: what was said before is over. */
  clear(): void;
  /** The error, or where it says no more than that a connection was closed, one whose cause is the alert. */
  explain(error: unknown): unknown;
}

/** For the connections of one client. */
export function makeTlsAlerts(): TlsAlerts {
  let alert: Error | undefined;
  return {
    watch: (emitter, name) =>
      void emitter.on(name, ({ connection }) =>
        connection.on('error', ({ cause }) => {
          if (cause instanceof Error && /^ERR_SSL_.*ALERT/.test(String((cause as NodeJS.ErrnoException).code))) alert = cause;
        }),
      ),
    clear: () => {
      alert = undefined;
    },
    explain: (error) =>
      alert && /^PLT_KFK_(NETWORK|MULTIPLE)/.test(codeOf(error))
        ? new NetworkError('connection closed by an alert', { cause: alert })
        : error,
  };
}
