export type { LiveOptions } from './server/live-options.js';
export { startLive, type LiveFigures, type RunningLive } from './server/start-live.js';
export { openLivePage, type LivePage, type LivePageOptions } from './thread/open-live-page.js';
