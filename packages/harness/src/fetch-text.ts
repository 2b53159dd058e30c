import * as http from 'node:http';
import * as https from 'node:https';

export interface FetchTextOptions {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Fetches small pages from one server again and again over a connection that is kept. */
export class TextFetcher {
  readonly #url: URL;
  readonly #options: FetchTextOptions;
  readonly #agent: http.Agent;

  constructor(url: URL, options: FetchTextOptions) {
    this.#url = url;
    this.#options = options;
    const Agent = url.protocol === 'https:' ? https.Agent : http.Agent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** The body of a 2xx answer; rejects with a sentence that says what came instead. */
  fetch(): Promise<string> {
    const { timeoutMs, headers } = this.#options;
    const get = this.#url.protocol === 'https:' ? https.get : http.get;
    return new Promise((resolve, reject) => {
      const request = get(
        this.#url,
        { agent: this.#agent, headers, signal: AbortSignal.timeout(timeoutMs) },
        (response) => {
          this.#read(response).then(resolve, reject);
        },
      );
      request.once('error', (error) =>
        reject(
          error.name === 'AbortError'
            ? new Error(`no answer within ${timeoutMs} ms`, { cause: error })
            : error,
        ),
      );
    });
  }

  /** Idempotent; a fetch in flight rejects. */
  close(): void {
    this.#agent.destroy();
  }

  async #read(response: http.IncomingMessage): Promise<string> {
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) {
      response.resume();
      throw new Error(`HTTP status ${statusCode}`);
    }
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of response as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > this.#options.maxBytes)
        throw new Error(`a body of more than ${this.#options.maxBytes} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString();
  }
}
