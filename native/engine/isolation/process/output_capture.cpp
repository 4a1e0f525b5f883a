#include "engine/isolation/process/output_capture.hpp"

#include <cerrno>

#include "engine/plugin/host.hpp"
#include "os/file/read.hpp"
#include "plughost/host.h"

namespace plughost::isolation {
namespace {

// Bytes of one pipe that are logged. More is dropped and counted.
constexpr uint64_t kMaxCaptured = 64 << 10;
// Bytes of a line; a longer one is logged as several.
constexpr size_t kMaxLine = 4096;

}  // namespace

OutputCapture::OutputCapture(Descriptor pipe, std::string label) : pipe_(std::move(pipe)), label_(std::move(label)) {
  do_not_wait(pipe_);
}

void OutputCapture::drain() {
  char bytes[16384];
  for (int round = 0; round < 8 && open_; round++) {
    const ReadResult got = read_next(pipe_.get(), bytes, sizeof bytes);
    if (got.error == EINTR || got.error == EAGAIN) return;
    if (got.size == 0) {
      open_ = false;
    } else {
      add({bytes, got.size});
    }
  }
}

void OutputCapture::finish() {
  drain();
  if (!line_.empty()) log_line();
  if (dropped_ > 0)
    log_as(label_, PLUG_LOG_WARNING, "it printed " + std::to_string(dropped_) + " more bytes, which are left out");
}

void OutputCapture::add(std::string_view bytes) {
  for (const char byte : bytes) {
    if (captured_ >= kMaxCaptured) {
      dropped_++;
      continue;
    }
    captured_++;
    if (byte == '\n' || line_.size() == kMaxLine) log_line();
    if (byte != '\n') line_.push_back(byte);
  }
}

void OutputCapture::log_line() {
  log_as(label_, PLUG_LOG_INFO, line_);
  if (!line_.empty()) last_line_ = line_;
  line_.clear();
}

}  // namespace plughost::isolation
