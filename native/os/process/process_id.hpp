// The number of this process.
// Platform: getpid.
#pragma once

#include <unistd.h>

#include <cstdint>

namespace plughost {

inline uint32_t process_id() { return static_cast<uint32_t>(getpid()); }

}  // namespace plughost
