import { stampsBench } from './stamps-bench.mjs';

export default stampsBench({
  name: 'stamps-gc',
  about: ', beside a thread of the same process that allocates for 20 ms of each 100',
  streamsCount: 1_000,
  tokensCount: 300,
  tokensPerS: 20,
  flags: ['--disturb', 'gc'],
});
