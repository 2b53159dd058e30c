// Loaded into the simulated server by --import: its HTTP server speaks TLS, with the certificate and key of TLS_CERT and TLS_KEY.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

const credentials = { cert: readFileSync(process.env.TLS_CERT), key: readFileSync(process.env.TLS_KEY) };
http.createServer = (options, listener) => https.createServer({ ...options, ...credentials }, listener);
syncBuiltinESMExports();
