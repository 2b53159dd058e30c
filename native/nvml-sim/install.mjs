// Runs when this package is installed from a registry or a tarball: a prebuilt binary that fits is enough, else it builds.
// In a checkout the root's build does this, after all packages are linked.
import { existsSync } from 'node:fs';

const builder = new URL('./build-native.mjs', import.meta.url);
const inCheckout = existsSync(new URL('../../tools/native/build.mjs', import.meta.url));
if (!inCheckout && existsSync(builder)) await import(builder.href);
