/* plughost: the values that every other header uses
 *
 * Bytes, spans, lines, errors, sinks, and the context of a call.
 *
 * Rules that hold in every header:
 *  - A struct that may grow begins with its own `size` in bytes. The side that fills the struct sets it. A reader uses
 *    a field only if it lies inside `size` and is not null; PLUG_HAS tests both. Reserved fields are 0. Plain values
 *    (plug_bytes, plug_span) never grow and have no size.
 *  - Bytes travel as pointer and length, may hold NUL and invalid UTF-8, and are borrowed for the call.
 *  - Neither side frees memory of the other. Output goes into a plug_sink of the host, errors into a plug_error of the
 *    caller. Ids and names live as long as the plugin.
 *  - Each function ends with a thread tag. [control]: one thread at a time for a plugin. [worker]: one thread at a
 *    time for a state. [any]: several threads at once.
 */
#ifndef PLUGHOST_BASE_H
#define PLUGHOST_BASE_H

#include <stddef.h>
#include <stdint.h>

/* A plugin and a host need equal majors. A minor only adds optional fields at the end of structs. */
#define PLUG_ABI_MAJOR 1u
#define PLUG_ABI_MINOR 2u

/* Exports a symbol to the host, with C linkage, also under -fvisibility=hidden. Use PLUG_EXPORT for functions and
 * constants, PLUG_EXPORT_DATA for a variable (C++ does not mangle its name, except on Windows). */
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

/* True if `field` lies inside the size that *object states, and is neither null nor zero. */
#define PLUG_HAS(object, field)                                                                                     \
  ((size_t)((const char *)&(object)->field - (const char *)(object)) + sizeof((object)->field) <= (object)->size && \
   (object)->field)

#ifdef __cplusplus
extern "C" {
#endif

/* The status of a call: 0 is success, a negative value is an error. The host shows an error that has no name here by
 * its number. A positive value is an answer where the comment of the function says so; from any other function it
 * breaks the contract. */
#define PLUG_OK 0
#define PLUG_UNCHANGED 1 /* plug_transform.transform: keep the line as it is; nothing was written */

#define PLUG_ERROR_INVALID (-1)   /* an argument breaks the contract, which is a fault of the host */
#define PLUG_ERROR_CONFIG (-2)    /* the config cannot be used; plug_error.offset may name a byte of it */
#define PLUG_ERROR_NOMEM (-3)     /* out of memory */
#define PLUG_ERROR_IO (-4)        /* reading or writing failed */
#define PLUG_ERROR_AGAIN (-5)     /* plug_exporter.write: some lines are left; a sink: it took nothing */
#define PLUG_ERROR_CANCELLED (-6) /* the call saw plug_ctx.cancel and stopped */
#define PLUG_ERROR_ABI (-7)       /* host and plugin are of different major versions */
#define PLUG_ERROR_PANIC (-8)     /* the plugin caught a failure of its own code; only destroy may follow */
#define PLUG_ERROR_INTERNAL (-9)  /* any other failure of the plugin */

typedef struct plug_bytes {
  const uint8_t *data; /* may be null when len is 0 */
  uint64_t len;
} plug_bytes;

/* A line of a block: bytes [offset, offset + length), without its newline. A CR before the newline belongs to it. */
typedef struct plug_span {
  uint32_t offset;
  uint32_t length;
} plug_span;

/* Lines of one block, in order. Borrowed for the call. */
typedef struct plug_lines {
  uint32_t size;
  uint32_t count;         /* number of spans; at least 1 */
  const plug_span *spans; /* ascending, not overlapping, inside the block */
  plug_bytes block;       /* the bytes that the spans index */
  uint64_t block_offset;  /* bytes of the input before the block; see plug_line_offset for a line */
  uint32_t input;         /* index of the input in the run */
  uint32_t reserved;
  /* For each line, the byte offset in the input of the line that it was made from. Null: nothing was transformed. */
  const uint64_t *origins;
  /* For each line, its number in the input, from 1, or that of the line that it was made from. Null unless the exporter
   * sets PLUG_EXPORTER_NUMBERS. */
  const uint64_t *numbers;
  /* The name of the input, as the user wrote it. Null unless the exporter sets PLUG_EXPORTER_NAMES. */
  const plug_bytes *input_name;
} plug_lines;

/* Returns the byte offset in the input of a line, or of the line that a transform made it from. [any] */
static inline uint64_t plug_line_offset(const plug_lines *lines, uint32_t line) {
  return PLUG_HAS(lines, origins) ? lines->origins[line] : lines->block_offset + lines->spans[line].offset;
}

#define PLUG_ERROR_MESSAGE_MAX 492u

/* An error in detail. The caller owns it, sets `size` and clears the rest. The callee fills it if it fails. */
typedef struct plug_error {
  uint32_t size;
  int32_t code;    /* equal to the returned status */
  uint64_t offset; /* of the byte that caused it, in the config or the block; UINT64_MAX: unknown */
  uint32_t len;    /* bytes of message in use, at most PLUG_ERROR_MESSAGE_MAX */
  char message[PLUG_ERROR_MESSAGE_MAX]; /* UTF-8, one sentence, no newline at the end */
} plug_error;

/* Takes the output of a call. The host owns it; it is valid for the call. */
typedef struct plug_sink {
  uint32_t size;
  uint32_t reserved;
  void *self; /* belongs to the host */
  /* Appends a copy of len bytes. Returns PLUG_OK. Otherwise it took nothing: PLUG_ERROR_AGAIN if the host can make room
   * before the next call of the plugin, PLUG_ERROR_NOMEM if there will never be room. [worker] */
  int32_t (*write)(struct plug_sink *sink, const void *data, uint64_t len);
  /* Returns room to build len bytes in place, or null if there is no memory. The room is valid until the next call on
   * the sink. Nothing is output before commit. [worker] */
  uint8_t *(*reserve)(struct plug_sink *sink, uint64_t len);
  /* Outputs the first len bytes of the room that reserve just returned. [worker] */
  int32_t (*commit)(struct plug_sink *sink, uint64_t len);
} plug_sink;

#define PLUG_CANCEL_NONE 0u
#define PLUG_CANCEL_ASKED 1u    /* the user cancelled */
#define PLUG_CANCEL_DEADLINE 2u /* deadline_ns has passed */
#define PLUG_CANCEL_SHUTDOWN 3u /* the host is ending */

/* The context of a call. The host owns it; it is valid for the call. A call that takes long polls plug_cancelled(ctx)
 * at least once a batch, and then returns PLUG_ERROR_CANCELLED. */
typedef struct plug_ctx {
  uint32_t size;
  uint32_t worker;        /* index of the calling worker, from 0; its scratch memory is the state */
  const uint32_t *cancel; /* PLUG_CANCEL_*; changes while the call runs; never null */
  uint64_t deadline_ns;   /* on the clock of plug_host.now_ns; 0: no deadline */
} plug_ctx;

/* Returns the reason why the call should end, or PLUG_CANCEL_NONE. [any] */
static inline uint32_t plug_cancelled(const plug_ctx *ctx) {
#if defined(__GNUC__)
  return __atomic_load_n(ctx->cancel, __ATOMIC_RELAXED);
#else
  return *(const volatile uint32_t *)ctx->cancel;
#endif
}

/* Writes a NUL-terminated text to the sink and returns what the sink returns. [worker] */
static inline int32_t plug_put(plug_sink *sink, const char *text) {
  uint64_t len = 0;
  while (text[len]) len++;
  return sink->write(sink, text, len);
}

/* Fills *error with code and a NUL-terminated message, cut to fit. `error` may be null. Returns code. [any] */
static inline int32_t plug_fail(plug_error *error, int32_t code, const char *message) {
  if (!error) return code;
  error->code = code;
  error->offset = UINT64_MAX;
  error->len = 0;
  for (; message[error->len] && error->len < PLUG_ERROR_MESSAGE_MAX; error->len++)
    error->message[error->len] = message[error->len];
  return code;
}

/* Returns whether two ids are the same text. [any] */
static inline int plug_same_id(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

#ifdef __cplusplus
}
#endif
#endif
