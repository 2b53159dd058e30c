import { openLivePage } from '@fluidscope/dashboard';
import { firstTokenDeadline } from '@fluidscope/prefill';
import type { RequestStart, RunStart, TraceWriter } from '@fluidscope/trace-schema';
import type { RunConfig } from '../run/run-config.js';

/** A run's live page, or none: then everything passes by. */
export interface RunPage {
  /** The writer that the run writes to. */
  watched(writer: TraceWriter): TraceWriter;
  close(): Promise<void>;
}

const NO_PAGE: RunPage = { watched: (writer) => writer, close: () => Promise.resolve() };

/** Opens the page that the configuration asks for, before the first request: an address that cannot be had ends the run before it began. */
export async function openRunPage(
  config: RunConfig,
  { runId, startedMonoNs }: RunStart,
  tell: (text: string) => void,
): Promise<RunPage> {
  const { livePage, agents, endpoint, settings } = config;
  if (livePage === undefined) return NO_PAGE;
  const { token, tls } = agents;
  const { deadlines, firstTokenDeadlines: rule } = settings;
  const page = await openLivePage({
    ...livePage,
    agentUrls: agents.urls,
    agentAccess: { ...(token === undefined ? {} : { token }), ...(tls === undefined ? {} : { tls }) },
    run: {
      run_id: runId,
      model: endpoint.model ?? '',
      url: endpoint.url,
      ttft_deadline_ns: deadlines.ttftDeadlineNs,
      tbt_deadline_ns: deadlines.tbtDeadlineNs,
      has_own_ttft_deadlines: rule !== undefined,
    },
    zeroMonoNs: startedMonoNs,
    onWarning: (message) => tell(`warning: ${message}`),
  });
  tell(`live page: ${page.url}${livePage.token === undefined ? '' : ' (it asks for the token)'}`);
  const ttftDeadlineNsOf = ({ promptTokens }: RequestStart): number | undefined =>
    rule && firstTokenDeadline(rule, promptTokens, deadlines.ttftDeadlineNs).ttftDeadlineNs;
  return { watched: (writer) => page.tap(writer, ttftDeadlineNsOf), close: () => page.close() };
}
