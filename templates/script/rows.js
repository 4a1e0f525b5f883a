/* plughost {
  "id": "org.example.template",
  "name": "template",
  "version": "0.1.0",
  "description": "Looks for a text in paths",
  "config": {
    "type": "object",
    "properties": {
      "text": { "type": "string", "minLength": 1, "default": "ERROR", "description": "What to look for" }
    },
    "additionalProperties": false
  }
} */

export default ({ text }) => ({
  /** Returns what `plughost load` shows. */
  run: () => `Looks for ${text}`,

  // kind: row_filter
  rowFilter: {
    /** The columns that it reads, and their types. */
    columns: { path: 'text' },
    /** Returns whether a row is kept. A column without a value is null. */
    keep: ({ path }) => path?.includes(text) === true,
  },
  // end

  // kind: aggregator
  aggregator: {
    /** The columns that it reads, and those of its answer. */
    columns: { bytes: 'integer' },
    outputs: { largest: 'integer' },
    /** Returns the state of a group without rows, which is JSON. */
    create: () => ({ largest: null }),
    /** Adds a row. Rows come in any order. */
    add(state, { bytes }) {
      if (bytes !== null && bytes > (state.largest ?? -1)) state.largest = bytes;
    },
    /** Adds the rows of b to those of a. */
    merge(a, b) {
      if (b.largest !== null && b.largest > (a.largest ?? -1)) a.largest = b.largest;
    },
    /** Returns the answer. */
    finish: ({ largest }) => ({ largest }),
  },
  // end
});
