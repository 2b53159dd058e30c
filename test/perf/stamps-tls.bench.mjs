import { stampsBench } from './stamps-bench.mjs';

export default stampsBench({
  name: 'stamps-tls',
  about: ', over TLS',
  streamsCount: 1_000,
  tokensCount: 300,
  tokensPerS: 20,
  flags: ['--tls'],
});
