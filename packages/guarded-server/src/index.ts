export { AccessPolicy, type AccessOptions } from './access-policy.js';
export { judgeExposure, requireSafeExposure, type Exposure } from './exposure.js';
export { HttpError, type HttpErrorDetails, type HttpErrorStatus } from './http-error.js';
export { isLoopback, parseListenAddress, urlOf, type ListenAddress } from './listen-address.js';
export { closeServer, openServer, type OpenServerOptions, type TlsFiles } from './open-server.js';
export { RequestBudget } from './request-budget.js';
export {
  readServerGuards,
  type GuardSource,
  type ServerGuardFlags,
  type ServerGuards,
} from './server-flags.js';
