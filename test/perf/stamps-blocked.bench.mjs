import { stampsBench } from './stamps-bench.mjs';

export default stampsBench({
  name: 'stamps-blocked',
  about: ", each client's event loop blocked for 100 ms each second",
  streamsCount: 1_000,
  tokensCount: 300,
  tokensPerS: 30,
  flags: ['--disturb', 'blocked'],
});
