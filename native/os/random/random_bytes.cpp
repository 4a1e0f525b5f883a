#include "os/random/random_bytes.hpp"

#include <sys/random.h>

namespace plughost {

void fill_random(std::span<uint64_t> words) {
  static_cast<void>(getrandom(words.data(), words.size_bytes(), GRND_NONBLOCK));
}

}  // namespace plughost
