import { ArrivalSockets } from '@fluidscope/tcp-arrival';
import { afterAll, beforeEach } from 'vitest';
import { START, stampBy } from '../../packages/llm-client/src/testing/client-fixture.js';

const sockets = ArrivalSockets.open(START);
if (sockets instanceof ArrivalSockets) {
  stampBy(sockets);
  afterAll(() => sockets[Symbol.dispose]());
} else {
  const why = `The client is not tried over kernel-stamped sockets: ${sockets.reason}`;
  if (process.env['FLUIDSCOPE_REQUIRE_NATIVE'] === '1') throw new Error(why);
  console.log(why);
  beforeEach((context) => context.skip(why));
}
