// Random numbers that only this process knows.
// Platform: getrandom of Linux.
#pragma once

#include <cstdint>
#include <span>

namespace plughost {

// Fills words with random bits. Leaves them as they are where the system has none to give. Never waits. [any]
void fill_random(std::span<uint64_t> words);

}  // namespace plughost
