/** A trace writer that drops everything: for runs whose records nobody reads. */
export function nowhereWriter() {
  const drop = () => {};
  return {
    appendRequestStarts: drop,
    appendRequestEnds: drop,
    appendChunks: drop,
    appendChunkTokenCounts: drop,
    appendDeadlineMisses: drop,
    appendHostSamples: drop,
    appendAgents: drop,
    appendAgentSeries: drop,
    appendAgentSamples: drop,
    appendAgentEvents: drop,
    appendClockProbes: drop,
    appendClockPieces: drop,
    appendServerSamples: drop,
    appendEvents: drop,
    appendLosses: drop,
    failed: new Promise(drop),
    close: () => Promise.resolve(),
  };
}
