import { recorded } from './view.js';

/** Of each agent the row of its latest description. */
export const AGENTS_SQL = `(SELECT agent_index, any_value(agent_id) AS agent_id, any_value(url) AS url,
  any_value(origin_mono_ns) AS origin_mono_ns, arg_max(description, t_ns) AS description, min(t_ns) AS first_seen_ns
  FROM ${recorded('agents')} GROUP BY agent_index)`;

/** Of each agent the pieces of its last fit. */
export const PIECES_SQL = `(SELECT piece.* FROM ${recorded('clock_pieces')} AS piece
  SEMI JOIN (SELECT agent_index, max(revision) AS revision FROM ${recorded('clock_pieces')} GROUP BY agent_index) AS latest
  USING (agent_index, revision))`;

/**
 * Rows of a table with an `agent_ns`, each beside its agent and the piece of the last fit that it falls into. Rows keep the agent's time and are
 * aligned where they are read, so that those written early have the fit that all probes of the run gave.
 */
export function alignedFrom(tableName: string, join = ''): string {
  return `${recorded(tableName)} AS taken ${join} JOIN ${AGENTS_SQL} AS agent USING (agent_index)
    ASOF LEFT JOIN ${PIECES_SQL} AS piece ON piece.agent_index = agent.agent_index AND taken.agent_ns >= piece.from_agent_ns`;
}

/** Run time of a time of the agent, in rows of `alignedFrom`. Whole numbers but for the drift since the piece's start. */
export function alignedSql(agentNs: string): string {
  const sinceNs = `(${agentNs} - piece.agent_ns)`;
  return `(piece.run_ns + ${sinceNs} + CAST(round(${sinceNs} * piece.skew_ratio) AS BIGINT))`;
}

export const AGENT_TIME_SQL = alignedSql('taken.agent_ns');
