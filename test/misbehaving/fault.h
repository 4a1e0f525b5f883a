/* The faults that the misbehaving plugin can commit, by name. */
#ifndef MISBEHAVING_FAULT_H
#define MISBEHAVING_FAULT_H

#define _GNU_SOURCE
#include <plughost/plughost.h>
#include <stdint.h>

/* The circumstances of a fault. */
typedef struct scene {
  const plug_host *host; /* null before init */
  const uint8_t *line;   /* null in a call without lines */
  uint64_t len;
  const char *note; /* the option `note`, an argument for the fault */
  plug_sink *out;   /* the output of a transform or an exporter */
  plug_span *spans; /* the result of scan */
  uint32_t cap;
} scene;

typedef struct fault {
  const char *name;
  void (*commit)(const scene *at);
} fault;

/* Lists by theme; an empty entry ends each. */
extern const fault memory_faults[], signal_faults[], exit_faults[], hang_faults[], resource_faults[], thread_faults[],
    print_faults[], process_faults[], exception_faults[], overrun_faults[], setting_faults[];

const fault *find_fault(const char *name);

/* Hides a value from the compiler, which could otherwise warn about the fault or remove it. */
#define HIDDEN(pointer)                                  \
  __extension__({                                        \
    __typeof__(((void)0, (pointer))) hidden = (pointer); \
    __asm__ volatile("" : "+r"(hidden));                 \
    hidden;                                              \
  })

#endif
