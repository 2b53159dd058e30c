import { stampsBench } from './stamps-bench.mjs';

// httpx gets some 6,000 tokens/s through on a core: it would take minutes to fall behind.
export default stampsBench({
  name: 'stamps-4000',
  streamsCount: 4_000,
  tokensCount: 150,
  tokensPerS: 10,
  without: ['httpx'],
});
