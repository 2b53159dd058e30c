import type { AboutMessage, FrameMessage, LiveMessage, LiveMiss } from '@fluidscope/live-view';
import { Connection } from './connection.js';
import { byId, setText } from './dom.js';
import { Lanes } from './lanes.js';
import { LiveStore } from './live-store.js';
import { tellPanels } from './panels.js';
import { readTheme, type Theme } from './theme.js';

const TEXTS_EVERY_MS = 200;
const MAX_MISSES_COUNT = 16;
const MAX_NOTES_COUNT = 20;

/** The page: takes frames in as they come, draws when the browser asks for a picture and there is something new. */
class LivePage {
  readonly #pause = byId('pause');
  readonly #connection: Connection;
  readonly #lanes = new Lanes(byId('lanes'), byId('readout'), () => this.#askForPicture());
  #theme: Theme = readTheme();
  #about: AboutMessage | undefined;
  #store: LiveStore | undefined;
  #frame: FrameMessage | undefined;
  #misses: LiveMiss[] = [];
  #notes: string[] = [];
  #framesCount = 0;
  #missingFramesCount = 0;
  #link: 'connecting' | 'open' | 'broken' | 'refused' = 'connecting';
  #pausedAt: number | undefined;
  #isPictureAsked = false;
  /** Drawn so far, and how many strips were drawn whole for them. */
  readonly #pictures = { count: 0, wholeCount: 0 };
  #textsAtMs = -Infinity;

  constructor() {
    this.#connection = new Connection({
      onMessage: (message) => this.#take(message),
      onState: (state) => {
        this.#link = state;
        if (state === 'refused') this.#askToken('The token was not taken.');
        this.#tellLink();
      },
      resumeFrom: () => ({ session: this.#about?.session ?? null, afterSeq: this.#frame?.seq ?? -1 }),
    });
  }

  start(): void {
    this.#pause.addEventListener('click', () => this.#togglePause());
    byId('reconnect').addEventListener('click', () => this.#reopen());
    byId('token-form').addEventListener('submit', (event) => this.#onToken(event));
    addEventListener('keydown', (event) => this.#onKey(event));
    addEventListener('visibilitychange', () => this.#askForPicture());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#theme = readTheme();
      this.#askForPicture();
    });
    if (document.documentElement.dataset['asksToken'] === 'yes') this.#askToken('');
    else this.#connection.open('');
    document.documentElement.classList.add('ready');
  }

  #take(message: LiveMessage): void {
    switch (message.type) {
      case 'about':
        this.#takeAbout(message);
        break;
      case 'history':
        for (const frame of message.frames) this.#takeFrame(frame);
        break;
      case 'frame':
        this.#takeFrame(message);
        break;
    }
    this.#askForPicture();
  }

  /** Another session, or other GPUs: what was drawn is of something else. */
  #takeAbout(about: AboutMessage): void {
    const before = this.#about;
    this.#about = about;
    const isSame =
      before?.session === about.session && JSON.stringify(before.agents) === JSON.stringify(about.agents);
    if (isSame) return;
    if (before?.session !== about.session) {
      this.#frame = undefined;
      this.#misses = [];
      this.#notes = [];
      this.#framesCount = 0;
      this.#missingFramesCount = 0;
    }
    this.#store = new LiveStore(about);
    this.#pausedAt = undefined;
    this.#lanes.reset(about, this.#store);
    const run = about.run;
    const gpusCount = this.#store.gpuNames.length;
    setText(
      byId('about'),
      run === null ? agentsText(about) : `${run.model} at ${run.url}, run ${run.run_id}`,
    );
    byId('figures').hidden = run === null;
    byId('streams').hidden = run === null;
    byId('legend').hidden = run === null;
    byId('gpu-legend').hidden = gpusCount === 0;
    byId('gpus').hidden = about.agents.length === 0 && gpusCount === 0;
    byId('token-form').hidden = true;
  }

  #takeFrame(frame: FrameMessage): void {
    const before = this.#frame?.seq;
    if (before !== undefined && frame.seq <= before) return;
    if (before !== undefined) this.#missingFramesCount += frame.seq - before - 1;
    this.#frame = frame;
    this.#framesCount += 1;
    this.#store?.add(frame);
    const misses = (frame.run?.misses ?? []).toSorted((a, b) => b.arrival_ns - a.arrival_ns);
    if (misses.length > 0) this.#misses = [...misses, ...this.#misses].slice(0, MAX_MISSES_COUNT);
    const notes = frame.agents.flatMap((agent) => agent.notes);
    if (notes.length > 0) this.#notes = [...notes.toReversed(), ...this.#notes].slice(0, MAX_NOTES_COUNT);
    if (typeof frame.run?.ended === 'string') this.#onEnded();
  }

  /** A page that nobody sees draws nothing: its frames are kept and shown when it is looked at again. */
  #askForPicture(): void {
    if (this.#isPictureAsked || document.hidden) return;
    this.#isPictureAsked = true;
    requestAnimationFrame(() => {
      this.#isPictureAsked = false;
      this.#draw();
    });
  }

  #draw(): void {
    const store = this.#store;
    if (store === undefined) return;
    this.#pictures.wholeCount += this.#lanes.draw(this.#theme, this.#pausedAt ?? store.newest);
    this.#pictures.count += 1;
    const { dataset } = document.documentElement;
    dataset['pictures'] = String(this.#pictures.count);
    dataset['wholePictures'] = String(this.#pictures.wholeCount);
    const nowMs = performance.now();
    if (nowMs - this.#textsAtMs < TEXTS_EVERY_MS || this.#pausedAt !== undefined) return;
    this.#textsAtMs = nowMs;
    this.#lanes.tell();
    this.#tellLink();
    if (this.#about === undefined || this.#frame === undefined) return;
    tellPanels({
      about: this.#about,
      frame: this.#frame,
      misses: this.#misses,
      notes: this.#notes,
      counts: { framesCount: this.#framesCount, missingFramesCount: this.#missingFramesCount },
    });
  }

  #tellLink(): void {
    const element = byId('link');
    const ended = this.#frame?.run?.ended ?? null;
    const [kind, text] =
      ended !== null
        ? (['waiting', `run ended: ${ended}`] as const)
        : this.#link === 'open'
          ? this.#pausedAt === undefined
            ? (['live', 'live'] as const)
            : (['waiting', 'paused'] as const)
          : this.#link === 'broken'
            ? (['broken', 'connection lost, trying again'] as const)
            : (['waiting', this.#link === 'refused' ? 'token asked for' : 'connecting'] as const);
    element.dataset['kind'] = kind;
    setText(element, text);
  }

  #onEnded(): void {
    byId('reconnect').hidden = false;
    // The server goes with the run; what it showed stays.
    setTimeout(() => this.#connection.stop(), 1_000);
  }

  #reopen(): void {
    byId('reconnect').hidden = true;
    this.#connection.stop();
    this.#connection.open(sessionStorage.getItem('token') ?? '');
  }

  #togglePause(): void {
    this.#pausedAt = this.#pausedAt === undefined ? this.#store?.newest : undefined;
    const isPaused = this.#pausedAt !== undefined;
    this.#pause.setAttribute('aria-pressed', String(isPaused));
    setText(this.#pause, isPaused ? 'Go on' : 'Pause');
    this.#textsAtMs = -Infinity;
    this.#tellLink();
    this.#askForPicture();
  }

  #onKey(event: KeyboardEvent): void {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key === 'p' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey)
      this.#togglePause();
  }

  #askToken(problem: string): void {
    const kept = sessionStorage.getItem('token');
    if (kept !== null && problem === '') return this.#connection.open(kept);
    byId('token-form').hidden = false;
    setText(byId('token-problem'), problem);
    byId('token').focus();
  }

  #onToken(event: Event): void {
    event.preventDefault();
    const input = byId('token');
    const token = input instanceof HTMLInputElement ? input.value.trim() : '';
    if (token === '') return;
    // For this tab alone, so that loading it anew does not ask again.
    sessionStorage.setItem('token', token);
    this.#connection.open(token);
  }
}

function agentsText({ agents }: AboutMessage): string {
  return agents.map(({ agent_id, url }) => agent_id ?? url).join(', ');
}

new LivePage().start();
