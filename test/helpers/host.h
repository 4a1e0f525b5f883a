/* A host that offers nothing, for programs of tests and benchmarks that call plugins themselves. */
#include <plughost/plughost.h>

static void no_log(const plug_host *host, int32_t level, plug_bytes text) { (void)host, (void)level, (void)text; }
static uint64_t no_time(const plug_host *host) { return (void)host, 0; }
static const void *no_extension(const plug_host *host, const char *id) { return (void)host, (void)id, NULL; }
static const plug_host host = {sizeof(plug_host), PLUG_ABI_MAJOR, PLUG_ABI_MINOR, NULL, no_log, no_time, no_extension};
