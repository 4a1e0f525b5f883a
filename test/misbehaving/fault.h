/* The faults that the misbehaving plugin can commit, by name. */
#ifndef MISBEHAVING_FAULT_H
#define MISBEHAVING_FAULT_H

#define _GNU_SOURCE
#include <plughost/plughost.h>
#include <stdint.h>

/* What a fault may spoil. */
typedef struct scene {
  const plug_host *host; /* null before init */
  const uint8_t *line;   /* null where there is none */
  uint64_t len;
  const char *note; /* the option `note`: what a fault must know beside its name */
  plug_sink *out;   /* of a transform or an exporter */
  plug_span *spans; /* of scan */
  uint32_t cap;
} scene;

typedef struct fault {
  const char *name;
  void (*commit)(const scene *at);
} fault;

/* By theme; each ends with an empty one. */
extern const fault memory_faults[], signal_faults[], exit_faults[], hang_faults[], resource_faults[], thread_faults[],
    print_faults[], process_faults[], exception_faults[], overrun_faults[], setting_faults[];

const fault *find_fault(const char *name);

/* So that compilers neither see nor remove what is wrong. */
#define HIDDEN(pointer)                                  \
  __extension__({                                        \
    __typeof__(((void)0, (pointer))) hidden = (pointer); \
    __asm__ volatile("" : "+r"(hidden));                 \
    hidden;                                              \
  })

#endif
