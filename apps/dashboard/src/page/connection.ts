import {
  LIVE_PATH,
  LIVE_PROTOCOL,
  TOKEN_PROTOCOL_PREFIX,
  type LiveMessage,
  type LiveRequest,
} from '@fluidscope/live-view';

export interface ConnectionListener {
  onMessage(message: LiveMessage): void;
  /** `refused`: the token was not taken, and it is not tried again. */
  onState(state: 'open' | 'broken' | 'refused'): void;
  /** Where to go on, and in which session. */
  resumeFrom(): { readonly session: string | null; readonly afterSeq: number };
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5_000;
const NO_TOKEN = '';

/** The page's side of the link: connects, says where it goes on, acknowledges what it took in, and comes back when cut off. */
export class Connection {
  readonly #listener: ConnectionListener;
  #token = NO_TOKEN;
  #socket: WebSocket | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #isStopped = false;

  constructor(listener: ConnectionListener) {
    this.#listener = listener;
  }

  open(token: string): void {
    this.#token = token;
    this.#isStopped = false;
    this.#connect();
  }

  /** Stays closed until it is opened again. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#socket?.close();
  }

  #connect(): void {
    const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${LIVE_PATH}`;
    const protocols =
      this.#token === NO_TOKEN ? [LIVE_PROTOCOL] : [LIVE_PROTOCOL, tokenProtocol(this.#token)];
    const socket = new WebSocket(address, protocols);
    this.#socket = socket;
    let isOpen = false;
    socket.addEventListener('open', () => {
      isOpen = true;
      this.#retryMs = FIRST_RETRY_MS;
      const { session, afterSeq } = this.#listener.resumeFrom();
      this.#send({ type: 'resume', session, after_seq: afterSeq });
      this.#listener.onState('open');
    });
    socket.addEventListener('message', (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as LiveMessage;
      this.#listener.onMessage(message);
      const last = message.type === 'history' ? message.frames.at(-1) : message;
      if (last?.type === 'frame') this.#send({ type: 'ack', seq: last.seq });
    });
    socket.addEventListener('close', () => void this.#onClosed(isOpen));
  }

  async #onClosed(wasOpen: boolean): Promise<void> {
    if (this.#isStopped) return;
    // A browser does not say why an upgrade was refused; a plain request does.
    if (!wasOpen && this.#token !== NO_TOKEN && (await this.#isRefused())) {
      this.#isStopped = true;
      this.#listener.onState('refused');
      return;
    }
    this.#listener.onState('broken');
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }

  async #isRefused(): Promise<boolean> {
    try {
      const headers = { Authorization: `Bearer ${this.#token}` };
      return (await fetch('/v1/figures', { headers })).status === 401;
    } catch {
      return false;
    }
  }

  #send(request: LiveRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }
}

/** As base64url: a subprotocol's name may hold few characters. */
function tokenProtocol(token: string): string {
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(token)));
  return TOKEN_PROTOCOL_PREFIX + base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
