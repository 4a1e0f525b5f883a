/* Shared code of the aggregators: an array with an item of fixed size for each group. An item of zeros is empty. */
#ifndef SHARED_GROUPS_H
#define SHARED_GROUPS_H

#include <plughost/aggregator.h>
#include <stdlib.h>
#include <string.h>

typedef struct groups {
  void *of;
  uint32_t count;
  uint32_t room;
} groups;

/* Makes empty groups, so that there are at least `wanted`. */
static inline int32_t reach_groups(groups *self, size_t size, uint32_t wanted, plug_error *error) {
  if (wanted <= self->count) return PLUG_OK;
  if (wanted > self->room) {
    const uint64_t room = wanted > UINT32_MAX / 2 ? UINT32_MAX : (uint64_t)wanted * 2;
    void *of = room > SIZE_MAX / size ? NULL : realloc(self->of, (size_t)room * size);
    if (!of) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the groups");
    self->of = of;
    self->room = (uint32_t)room;
  }
  memset((uint8_t *)self->of + self->count * size, 0, (wanted - self->count) * size);
  self->count = wanted;
  return PLUG_OK;
}

/* Makes empty groups up to and with a number. */
static inline int32_t reach_group(groups *self, size_t size, uint32_t group, plug_error *error) {
  if (group == UINT32_MAX) return plug_fail(error, PLUG_ERROR_NOMEM, "there are too many groups");
  return reach_groups(self, size, group + 1, error);
}

/* Writes the bytes of a group to a sink. */
static inline int32_t write_group(plug_sink *out, const void *bytes, size_t len, plug_error *error) {
  const int32_t status = len > 0 ? out->write(out, bytes, len) : PLUG_OK;
  return status == PLUG_OK ? status : plug_fail(error, status, "the sink did not take a group");
}

#endif
