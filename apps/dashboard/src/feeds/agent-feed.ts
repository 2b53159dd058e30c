import { ClockTracker } from '@fluidscope/clock-sync';
import { LIVE_METRIC_IDS, LiveAgent, type AgentFrame, type LiveAgentAbout } from '@fluidscope/live-view';
import {
  connectAgent,
  type AgentAccess,
  type AgentDescription,
  type AgentLink,
  type LinkEvent,
} from '@fluidscope/telemetry-link';
import { runNs, type RunClock } from '@fluidscope/units';

/** As often as frames are made: a page cannot show more, and the trace has them all. */
const SAMPLES_HZ = 20;
const MAX_NOTE_CHARS = 200;

export interface AgentFeedOptions {
  readonly url: string;
  readonly access: AgentAccess;
  readonly runClock: RunClock;
  /** Its GPUs, or its name, are known now or have changed. */
  readonly onAbout: () => void;
}

/** One agent's stream, thinned to what the page shows, on the page's axis. It is tried again for as long as the page lives. */
export class AgentFeed {
  readonly #url: string;
  readonly #agent = new LiveAgent();
  readonly #clock = new ClockTracker();
  readonly #link: AgentLink;
  readonly #onAbout: () => void;
  #about: LiveAgentAbout;
  #aboutText = '';
  #newestAgentNs = -Infinity;

  constructor({ url, access, runClock, onAbout }: AgentFeedOptions) {
    this.#url = url;
    this.#onAbout = onAbout;
    this.#about = { agent_id: null, url, gpus: [] };
    this.#link = connectAgent(url, {
      ...access,
      selection: { metricIds: LIVE_METRIC_IDS, maxHz: SAMPLES_HZ },
      runClock,
      waitForAgent: true,
      onRecords: (columns) => {
        for (let row = 0; row < columns.length; row += 1) {
          this.#newestAgentNs = Math.max(this.#newestAgentNs, columns.beforeNs[row] ?? -Infinity);
        }
        this.#agent.addSamples(columns);
      },
      onEvent: (event) => this.#agent.addNote(noteOf(event)),
      onLoss: ({ reason, count }) => {
        this.#agent.addLoss(count);
        this.#agent.addNote(`lost ${count ?? 'an unknown number of'} samples (${reason})`);
      },
      onProbe: (probe) => this.#clock.add(probe),
      onDescription: (description) => this.#describe(description),
      onState: (state) => {
        this.#agent.setLink(state.kind, state.kind === 'connected' ? undefined : state.reason);
        if (state.kind === 'connected') this.#describe(state.hello.description);
      },
    });
    // Who waits for an agent is told by `onState`; a refusal ends the link and says so there.
    this.#link.ready.catch((thrown: unknown) => {
      this.#agent.setLink('ended', thrown instanceof Error ? thrown.message : String(thrown));
    });
  }

  get about(): LiveAgentAbout {
    return this.#about;
  }

  /** Before the clocks are compared, its newest samples stand for now. */
  frame(atNs: number): AgentFrame {
    const offset = this.#clock.current().offsetAt(runNs(Math.round(atNs)));
    const atAgentNs = offset === undefined ? this.#newestAgentNs : atNs + offset.offsetNs;
    const indices = this.#about.gpus.map(({ index }) => index);
    return this.#agent.frame(atAgentNs, indices, offset?.boundNs);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #describe({ agent_id, gpus }: AgentDescription): void {
    this.#about = {
      agent_id,
      url: this.#url,
      gpus: gpus.map(({ index, uuid, name }) => ({ index, uuid, name })),
    };
    const text = JSON.stringify(this.#about);
    if (text === this.#aboutText) return;
    this.#aboutText = text;
    this.#onAbout();
  }
}

function noteOf({ kind, detail }: LinkEvent): string {
  return `${kind} ${JSON.stringify(detail)}`.slice(0, MAX_NOTE_CHARS);
}
