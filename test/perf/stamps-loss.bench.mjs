import { stampsBench } from './stamps-bench.mjs';

// What user stamps are worth is not the loss's doing: one of them stands for all.
export default stampsBench({
  name: 'stamps-loss',
  about:
    ', through a router that loses one of the server’s segments in a hundred. Here an error is counted from when an observer of packets ' +
    'saw the last byte come that was missing',
  streamsCount: 100,
  tokensCount: 300,
  tokensPerS: 30,
  flags: ['--lossy'],
  without: ['fluidscope run, user stamps', 'llm-client, user stamps', 'aiohttp', 'httpx'],
  requires: ['ip', 'nft', 'python3'],
});
