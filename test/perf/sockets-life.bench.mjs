/** `CONNECTIONS=5000 npm run bench -- sockets-life` is a try. */
const connectionsCount = Number(process.env.CONNECTIONS ?? 100_000);

export default {
  name: 'sockets-life',
  about:
    `${connectionsCount} connections of the sockets that stamp, one after the other in fours, ended in every way: by either side, by a reset, ` +
    'before they are connected, in the middle of a body. Descriptors and memory are those of after the last tenth less those of after the ' +
    'first.',
  contenders: [
    { name: 'tcp-arrival', command: ['node', 'measure-socket-life.mjs', String(connectionsCount)] },
  ],
  figures: [
    { key: 'descriptors_grown_count', unit: 'descriptors', better: 'lower' },
    { key: 'rss_grown_bytes', unit: 'bytes', better: 'lower' },
    { key: 'heap_grown_bytes', unit: 'bytes', better: 'lower' },
    { key: 'connections_per_s', unit: 'connections/s', better: 'higher' },
  ],
  aims: [{ contender: 'tcp-arrival', figure: 'descriptors_grown_count', atMost: 0 }],
  repeats: 1,
  timeoutS: 1_200,
};
