import { readFileSync } from 'node:fs';

const pem = (name: string): string => readFileSync(new URL(`tls/${name}.pem`, import.meta.url), 'utf8');

/** The authority that signed both certificates below. */
export const AUTHORITY = pem('authority');
const key = pem('server-key');
export const SERVER_TLS = { cert: pem('server-cert'), key };
/** For another name than any test uses. */
export const OTHER_NAME_TLS = { cert: pem('other-name-cert'), key };
