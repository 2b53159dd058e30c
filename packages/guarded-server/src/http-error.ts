export type HttpErrorStatus = 400 | 401 | 403 | 404 | 405 | 413 | 426 | 429 | 500;

const CODES: Readonly<Record<HttpErrorStatus, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_refused',
  426: 'upgrade_required',
  429: 'too_many_requests',
  500: 'internal',
};

/** What is told beside the message. */
export interface HttpErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  /** What the program that asked can do. */
  readonly hint?: string | undefined;
}

/** An answer other than 200, as JSON: `{"error": {"code": "not_found", "message": "…", "hint": "…"}}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly httpStatus: HttpErrorStatus,
    message: string,
    readonly details: HttpErrorDetails = {},
  ) {
    super(message);
  }

  get code(): string {
    return CODES[this.httpStatus];
  }

  toJSON(): unknown {
    const { hint } = this.details;
    return { error: { code: this.code, message: this.message, ...(hint === undefined ? {} : { hint }) } };
  }
}
