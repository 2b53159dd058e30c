export { FlagReader } from './flag-reader.js';
