/* plughost: the words of the contract
 *
 * Values that every other header uses: bytes, spans, lines, errors, sinks, and the context of a call.
 *
 * Rules that hold in every header:
 *  - A struct that may grow begins with its own `size` in bytes, set by whoever fills it. A reader uses a field only
 *    when PLUG_HAS says that it lies inside `size` and is not null. Reserved fields are 0. Plain values (plug_bytes,
 *    plug_span) never grow and have no size.
 *  - Bytes travel as pointer and length, may hold NUL and invalid UTF-8, and are borrowed for the call.
 *  - Nothing is freed by the other side: output goes into a plug_sink of the host, errors into a plug_error of the
 *    caller, ids and names live as long as the plugin.
 *  - Each function ends with a thread tag. [control]: one thread at a time for a plugin. [worker]: one thread at a
 *    time for a state. [any]: several threads at once.
 */
#ifndef PLUGHOST_BASE_H
#define PLUGHOST_BASE_H

#include <stddef.h>
#include <stdint.h>

/* Plugins and host fit when the majors are equal. A minor only adds optional fields at the end of structs. */
#define PLUG_ABI_MAJOR 1u
#define PLUG_ABI_MINOR 1u

/* Marks what a library shows to the host: C linkage, visible also under -fvisibility=hidden. PLUG_EXPORT is for
 * functions and constants, PLUG_EXPORT_DATA for a variable (whose name C++ does not mangle, save on Windows). */
#ifdef __cplusplus
#define PLUG_C_LINKAGE extern "C"
#else
#define PLUG_C_LINKAGE
#endif
#if defined(_WIN32)
#define PLUG_EXPORT PLUG_C_LINKAGE __declspec(dllexport)
#define PLUG_EXPORT_DATA PLUG_EXPORT
#else
#define PLUG_EXPORT PLUG_C_LINKAGE __attribute__((visibility("default")))
#define PLUG_EXPORT_DATA __attribute__((visibility("default")))
#endif

/* True when `field` lies inside the size that *object states, and is not null or zero. */
#define PLUG_HAS(object, field)                                                                                     \
  ((size_t)((const char *)&(object)->field - (const char *)(object)) + sizeof((object)->field) <= (object)->size && \
   (object)->field)

#ifdef __cplusplus
extern "C" {
#endif

/* Status of a call: 0 is success, a negative value is an error. A positive value is an answer of those functions whose
 * comment says so, and breaks the contract in all others. A negative value that has no name here is an error too, which
 * the host shows by its number. */
#define PLUG_OK 0
#define PLUG_UNCHANGED 1 /* of plug_transform.transform: the line stays as it is; nothing was written */

#define PLUG_ERROR_INVALID (-1)   /* an argument breaks the contract: the host's mistake */
#define PLUG_ERROR_CONFIG (-2)    /* the config cannot be used; plug_error.offset is a byte of it where known */
#define PLUG_ERROR_NOMEM (-3)     /* no memory */
#define PLUG_ERROR_IO (-4)        /* reading or writing failed */
#define PLUG_ERROR_AGAIN (-5)     /* of plug_exporter.write: not all was taken; of a sink: nothing was taken */
#define PLUG_ERROR_CANCELLED (-6) /* the call saw plug_ctx.cancel and gave up */
#define PLUG_ERROR_ABI (-7)       /* the two sides do not fit */
#define PLUG_ERROR_PANIC (-8)     /* the plugin broke and caught it; only destroy may follow */
#define PLUG_ERROR_INTERNAL (-9)  /* any other failure of the plugin */

typedef struct plug_bytes {
  const uint8_t *data; /* may be null when len is 0 */
  uint64_t len;
} plug_bytes;

/* A line inside a block: bytes [offset, offset + length) without its newline; a CR before that is part of it. */
typedef struct plug_span {
  uint32_t offset;
  uint32_t length;
} plug_span;

/* Lines of one block, in order. Borrowed for the call. */
typedef struct plug_lines {
  uint32_t size;
  uint32_t count;         /* of spans; at least 1 */
  const plug_span *spans; /* ascending, not overlapping, inside the block */
  plug_bytes block;       /* what the spans lie in */
  uint64_t block_offset;  /* of the block in its input, in bytes; for a line there is plug_line_offset */
  uint32_t input;         /* index of the input among those of the run */
  uint32_t reserved;
  /* For each line, where the line that it was made of begins in the input; null: these are lines of the input. */
  const uint64_t *origins;
  /* For each line, the number in its input, from 1, of that line or of the one that it was made of; null unless an
   * exporter asks for it by PLUG_EXPORTER_NUMBERS. */
  const uint64_t *numbers;
  /* The name of the input, as the user wrote it; null unless an exporter asks for it by PLUG_EXPORTER_NAMES. */
  const plug_bytes *input_name;
} plug_lines;

/* Where a line, or the one that a transform made it of, begins in its input, in bytes. [any] */
static inline uint64_t plug_line_offset(const plug_lines *lines, uint32_t line) {
  return PLUG_HAS(lines, origins) ? lines->origins[line] : lines->block_offset + lines->spans[line].offset;
}

#define PLUG_ERROR_MESSAGE_MAX 492u

/* Filled by the callee when it returns an error; owned by the caller, who sets size and clears the rest. */
typedef struct plug_error {
  uint32_t size;
  int32_t code;    /* equal to the returned status */
  uint64_t offset; /* of the byte that is to blame, in the config or the block; UINT64_MAX when unknown */
  uint32_t len;    /* bytes used of message, at most PLUG_ERROR_MESSAGE_MAX */
  char message[PLUG_ERROR_MESSAGE_MAX]; /* UTF-8, one sentence, no newline at its end */
} plug_error;

/* Where a call puts its output. Owned by the host, valid for the call. */
typedef struct plug_sink {
  uint32_t size;
  uint32_t reserved;
  void *self; /* the host's */
  /* Appends a copy of len bytes. Returns PLUG_OK, or with nothing taken PLUG_ERROR_NOMEM when there will be no room for
   * them, or PLUG_ERROR_AGAIN when the host can make room between two calls of the plugin. [worker] */
  int32_t (*write)(struct plug_sink *sink, const void *data, uint64_t len);
  /* Gives room for len bytes to be built in place, or null when there is no memory. Valid until the next call on the
   * sink; nothing is output before commit. [worker] */
  uint8_t *(*reserve)(struct plug_sink *sink, uint64_t len);
  /* Outputs the first len bytes of the room that was just reserved. [worker] */
  int32_t (*commit)(struct plug_sink *sink, uint64_t len);
} plug_sink;

#define PLUG_CANCEL_NONE 0u
#define PLUG_CANCEL_ASKED 1u    /* the user no longer wants the result */
#define PLUG_CANCEL_DEADLINE 2u /* deadline_ns has passed */
#define PLUG_CANCEL_SHUTDOWN 3u /* the host is ending */

/* The context of a call: the parameter `ctx`, first after the receiver. Owned by the host, valid for the call. A call
 * that works for long looks at plug_cancelled(ctx) at least once a batch and returns PLUG_ERROR_CANCELLED. */
typedef struct plug_ctx {
  uint32_t size;
  uint32_t worker;        /* index of the calling worker, from 0; scratch of its own is the state */
  const uint32_t *cancel; /* PLUG_CANCEL_*; changes while the call runs; never null */
  uint64_t deadline_ns;   /* on the clock of plug_host.now_ns; 0 = none */
} plug_ctx;

/* The reason why the call should end, or PLUG_CANCEL_NONE. [any] */
static inline uint32_t plug_cancelled(const plug_ctx *ctx) {
#if defined(__GNUC__)
  return __atomic_load_n(ctx->cancel, __ATOMIC_RELAXED);
#else
  return *(const volatile uint32_t *)ctx->cancel;
#endif
}

/* Writes a NUL-terminated text to the sink. [worker] */
static inline int32_t plug_put(plug_sink *sink, const char *text) {
  uint64_t len = 0;
  while (text[len]) len++;
  return sink->write(sink, text, len);
}

/* Fills *error (which may be null) with code and a NUL-terminated message, cut to fit; returns code. [any] */
static inline int32_t plug_fail(plug_error *error, int32_t code, const char *message) {
  if (!error) return code;
  error->code = code;
  error->offset = UINT64_MAX;
  error->len = 0;
  for (; message[error->len] && error->len < PLUG_ERROR_MESSAGE_MAX; error->len++)
    error->message[error->len] = message[error->len];
  return code;
}

/* True when two ids are the same text. [any] */
static inline int plug_same_id(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

#ifdef __cplusplus
}
#endif
#endif
