/* Attacks of the hostile plugin, by name. */
#ifndef HOSTILE_ATTACK_H
#define HOSTILE_ATTACK_H

#include <plughost/plughost.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The circumstances of an attack. */
typedef struct scene {
  const char *attack;
  int held_back;           /* prepare the attack, but write nothing */
  uint64_t seed;           /* of random numbers */
  const plug_lines *lines; /* of the call; null in a call without lines */
  uint32_t line;           /* index of the line that triggered the attack */
} scene;

/* Makes the attack. Prints `forged NAME` or `held back NAME` to standard error. */
void attack(const scene *at);

/* Finds the plugin's config in the runner's memory, before init is called. */
plug_bytes config_of_runner(void);

#ifdef __cplusplus
}
#endif
#endif
