#include "os/file/poll.hpp"

#include <poll.h>

#include <vector>

namespace plughost {

int poll(std::span<Polled> polled, int timeout_ms) {
  std::vector<pollfd> asked;
  asked.reserve(polled.size());
  for (const Polled &one : polled)
    asked.push_back({one.descriptor, static_cast<short>(one.event == Event::readable ? POLLIN : POLLOUT), 0});
  const int ready = ::poll(asked.data(), asked.size(), timeout_ms);
  for (size_t i = 0; i < asked.size(); i++) polled[i].ready = ready > 0 && asked[i].revents != 0;
  return ready;
}

}  // namespace plughost
