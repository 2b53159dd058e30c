import { testCore } from './core-tests.js';

testCore('tcp-arrival', 'ok two thousand connections, closed at every stage, leave no descriptor');
