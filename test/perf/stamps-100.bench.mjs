import { stampsBench } from './stamps-bench.mjs';

export default stampsBench({ name: 'stamps-100', streamsCount: 100, tokensCount: 500, tokensPerS: 50 });
