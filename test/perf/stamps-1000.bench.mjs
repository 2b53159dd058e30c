import { stampsBench } from './stamps-bench.mjs';

export default stampsBench({ name: 'stamps-1000', streamsCount: 1_000, tokensCount: 300, tokensPerS: 50 });
