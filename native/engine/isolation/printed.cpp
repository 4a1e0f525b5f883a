#include "engine/isolation/printed.hpp"

#include <cerrno>

#include "engine/plugin/host.hpp"
#include "os/file/read.hpp"
#include "plughost/host.h"

namespace plughost::isolation {
namespace {

// Of one child, in bytes: more is thrown away, and counted.
constexpr uint64_t kMaxPrinted = 64 << 10;
constexpr size_t kMaxPrintedLine = 4096;

void log(const std::string &label, int32_t level, const std::string &text) {
  const plug_host *host = host_for(label);
  host->log(host, level, {reinterpret_cast<const uint8_t *>(text.data()), text.size()});
}

}  // namespace

Printed::Printed(Descriptor pipe, std::string label) : pipe_(std::move(pipe)), label_(std::move(label)) {
  do_not_wait(pipe_);
}

void Printed::drain() {
  char bytes[16384];
  for (int round = 0; round < 8 && open_; round++) {
    const ReadResult got = read_next(pipe_.get(), bytes, sizeof bytes);
    if (got.error == EINTR || got.error == EAGAIN) return;
    if (got.size == 0) {
      open_ = false;
    } else {
      take({bytes, got.size});
    }
  }
}

void Printed::finish() {
  drain();
  if (!line_.empty()) put();
  if (thrown_away_ > 0)
    log(label_, PLUG_LOG_WARNING, "it printed " + std::to_string(thrown_away_) + " more bytes, which are left out");
}

void Printed::take(std::string_view bytes) {
  for (const char byte : bytes) {
    if (printed_ >= kMaxPrinted) {
      thrown_away_++;
      continue;
    }
    printed_++;
    if (byte == '\n' || line_.size() == kMaxPrintedLine) put();
    if (byte != '\n') line_.push_back(byte);
  }
}

void Printed::put() {
  log(label_, PLUG_LOG_INFO, line_);
  if (!line_.empty()) last_ = line_;
  line_.clear();
}

}  // namespace plughost::isolation
