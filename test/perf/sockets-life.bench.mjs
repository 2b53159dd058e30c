/** `CONNECTIONS=5000 npm run bench -- sockets-life` is a try. */
const connectionsCount = Number(process.env.CONNECTIONS ?? 100_000);

export default {
  name: 'sockets-life',
  about:
    `${connectionsCount} connections of the sockets that stamp, one after the other in fours, ended in every way: by either side, by a reset, ` +
    'before they are connected, in the middle of a body. Private memory (RssAnon, after garbage collection) is that after each third: what a ' +
    'process settles at is no leak, what the last third adds may be one.',
  contenders: [
    {
      name: 'tcp-arrival',
      command: [
        ...['node', '--expose-gc', '--max-semi-space-size=1'],
        ...['measure-socket-life.mjs', String(connectionsCount)],
      ],
    },
  ],
  figures: [
    { key: 'descriptors_grown_count', unit: 'descriptors', better: 'lower' },
    { key: 'held_count', unit: 'things still held', better: 'lower' },
    { key: 'private_first_bytes', unit: 'bytes', better: 'lower' },
    { key: 'private_second_bytes', unit: 'bytes', better: 'lower' },
    { key: 'private_last_bytes', unit: 'bytes', better: 'lower' },
    { key: 'private_grown_last_third_bytes', unit: 'bytes', better: 'lower' },
    { key: 'heap_grown_bytes', unit: 'bytes', better: 'lower' },
    { key: 'connections_per_s', unit: 'connections/s', better: 'higher' },
  ],
  aims: [
    { contender: 'tcp-arrival', figure: 'descriptors_grown_count', atMost: 0 },
    { contender: 'tcp-arrival', figure: 'held_count', atMost: 0 },
    { contender: 'tcp-arrival', figure: 'private_grown_last_third_bytes', atMost: 1_000_000 },
  ],
  repeats: 1,
  timeoutS: 1_200,
};
