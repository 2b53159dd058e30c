/** An answer other than 200, in OpenAI's and vLLM's shape. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly httpStatus: number,
    readonly type: string,
    message: string,
    readonly param: string | null = null,
  ) {
    super(message);
  }

  toJSON(): unknown {
    const { message, type, param, httpStatus } = this;
    return { error: { message, type, param, code: httpStatus } };
  }
}

export function badRequest(message: string, param: string | null = null): ApiError {
  return new ApiError(400, 'BadRequestError', message, param);
}
