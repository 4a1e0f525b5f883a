/* What the hostile plugin does instead of its work, by name. */
#ifndef HOSTILE_ATTACK_H
#define HOSTILE_ATTACK_H

#include <plughost/plughost.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where an attack is made. */
typedef struct scene {
  const char *attack;
  int held_back;           /* everything is prepared, and nothing written */
  uint64_t seed;           /* of what is random */
  const plug_lines *lines; /* of the call; null outside of calls about lines */
  uint32_t line;           /* the one among them that set the attack off */
} scene;

/* Makes the attack. Prints `forged NAME`, or `held back NAME`, to standard error. */
void attack(const scene *at);

/* The plugin's config before there is an init: the runner's memory holds it. */
plug_bytes config_of_runner(void);

#ifdef __cplusplus
}
#endif
#endif
