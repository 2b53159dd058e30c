import { testCore } from './core-tests.js';

testCore('nvml-sampler', 'ok each way of having no GPUs is its own state', 4);
