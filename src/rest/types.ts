// What the parts of the REST catalog share: a request before it is authorised, an answer after it was read, and the authoriser that
// is injected. No part knows where credentials come from.

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'HEAD' | 'DELETE';
  /** Absolute. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Puts credentials on a request. Obligations:
 * - `authorise` gives headers to add, for exactly this request; it throws TransientIoError or CommitRefusedError where it cannot.
 * - `renew` is called when the server did not accept them: it forgets what it remembered and says whether asking again can help.
 */
export interface RestAuthoriser {
  authorise(request: RestRequest): Promise<Readonly<Record<string, string>>>;
  renew(): boolean;
}

export type RestAnswer =
  /** The server answered; `text` is undefined where the body could not be read to its end (broken off, larger than the limit). */
  | { readonly kind: 'answer'; readonly status: number; readonly text: string | undefined }
  /** No answer: refused connection, time-out, reset. The request may have been received. */
  | { readonly kind: 'silence'; readonly cause: unknown };

/** The server said something else than success: for `cause`. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;
  readonly type: string;

  constructor(status: number, given: { readonly type: string; readonly message: string }) {
    super(`${status} ${given.type}: ${given.message}`);
    this.status = status;
    this.type = given.type;
  }
}
