/* plughost { "id": "org.example.shares", "name": "shares", "version": "1.0.0", "description": "What paths share of bytes" } */

// A script whose states have objects with keys of the log, sorted lists, texts and numbers of all sizes.
const MOST = 3;

/** Orders requests by their bytes, the largest first, and then by their paths. */
const before = (a, b) => b[0] - a[0] || (a[1] < b[1] ? -1 : Number(a[1] > b[1]));

export default () => ({
  aggregator: {
    columns: { bytes: 'integer', path: 'text', host: 'text', time: 'time' },
    outputs: { bytes: 'integer', depths: 'text', largest: 'text', host: 'text', last: 'time', half: 'real' },
    create: () => ({ bytes: 0, least: 1e300, most: 1e-300, depths: {}, largest: [], host: null, last: null }),
    add(state, { bytes, path, host, time }) {
      const depth = path === null ? '__proto__' : path.split('/').length;
      state.depths[depth] = (state.depths[depth] ?? 0) + 1;
      if (bytes !== null) {
        state.bytes += bytes;
        state.least = Math.min(state.least, bytes / 7);
        state.most = Math.max(state.most, bytes * 1e20);
        state.largest = [...state.largest, [bytes, `${path} \u{1f600} "`]].sort(before).slice(0, MOST);
      }
      if (state.host === null || host < state.host) state.host = host;
      state.last = Math.max(state.last ?? time, time) + 0;
    },
    merge(a, b) {
      for (const [depth, count] of Object.entries(b.depths)) a.depths[depth] = (a.depths[depth] ?? 0) + count;
      return {
        bytes: a.bytes + b.bytes,
        least: Math.min(a.least, b.least),
        most: Math.max(a.most, b.most),
        depths: a.depths,
        largest: [...a.largest, ...b.largest].sort(before).slice(0, MOST),
        host: a.host < b.host ? a.host : b.host,
        last: Math.max(a.last, b.last),
      };
    },
    finish: ({ bytes, depths, largest, host, last }) => ({
      ...{ bytes, host, last, half: bytes / 2 },
      depths: JSON.stringify(Object.entries(depths).sort()),
      largest: largest.map(([bytes, path]) => `${bytes} ${path}`).join(),
    }),
  },
});
