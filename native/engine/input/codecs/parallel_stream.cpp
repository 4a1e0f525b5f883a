#include "engine/input/codecs/parallel_stream.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

#include "engine/input/codecs/decoded_stream.hpp"

namespace plughost {
namespace {

// More threads decode faster than one thread can take the text.
constexpr unsigned kMaxThreads = 4;

// Reads the first members by itself, so that a file of one member costs nothing, and then leaves the rest to
// MembersAhead. Each run of members is decoded by a DecodedStream, so bytes and failures are those of one that decodes
// all of them.
class ParallelStream : public ByteStream {
 public:
  ParallelStream(std::unique_ptr<ByteStream> stored, std::unique_ptr<ByteStream> origin, const Format &format,
                 std::shared_ptr<const StopSignal> stop, AheadOptions options)
      : origin_(std::move(origin)), format_(format), stop_(std::move(stop)), options_(options) {
    serial_.emplace(std::move(stored), format_, stop_);
    serial_->pause_after(options_.run_size);
  }

  Got read(uint8_t *to, size_t size, bool wait) override {
    for (;;) {
      if (!serial_) {
        size_t got = 0;
        if (ahead_->read(to, size, &got)) {
          given_ += got;
          return {State::some, got};
        }
        if (const auto state = end_run()) return {*state};
        continue;
      }
      const Got got = serial_->read(to, given_ > 0 ? std::min<uint64_t>(size, given_) : size, wait);
      if (got.state == State::some && given_ > 0) {
        given_ -= got.size;
      } else if (got.state == State::end && serial_->paused()) {
        go_on(serial_->consumed(0));
      } else {
        return got;
      }
    }
  }

  size_t exchange(PageBuffer *buffer, size_t *begin) override {
    while (!serial_) {
      size_t got = 0;
      if (ahead_->exchange(buffer, begin, &got)) {
        given_ += got;
        return got;
      }
      if (end_run()) return 0;
    }
    return 0;
  }

  uint64_t consumed(uint64_t) const override { return serial_ ? serial_->consumed(0) : ahead_->consumed(); }
  bool live() const override { return false; }

 private:
  // Goes on with the member at `at`.
  void go_on(uint64_t at) {
    try {
      if (!ahead_) ahead_ = std::make_unique<MembersAhead>(*origin_, format_, stop_, options_);
    } catch (const std::system_error &) {
      serial_->pause_after(UINT64_MAX / 2);
      return;
    }
    ahead_->seek(at);
    serial_.reset();
    given_ = 0;
  }

  // Goes on after a run. Returns a state when nothing follows it.
  std::optional<State> end_run() {
    const MemberRun &run = ahead_->run();
    switch (run.end) {
      case MemberRun::End::none:
      case MemberRun::End::member:
        go_on(run.at);
        return std::nullopt;
      case MemberRun::End::stream:
        return State::end;
      case MemberRun::End::stopped:
        return State::stopped;
      case MemberRun::End::thrown:
        std::rethrow_exception(run.thrown);
      case MemberRun::End::failed:
        break;
    }
    if (run.failure->kind != FailureKind::decoder_memory) throw StreamFailed{*run.failure};
    // Only one decoder at a time may take so much memory. It decodes the run again, without the text that was given.
    serial_.emplace(origin_->from(run.start), format_, stop_);
    serial_->pause_after(options_.run_size);
    return std::nullopt;
  }

  const std::unique_ptr<ByteStream> origin_;
  const Format &format_;
  const std::shared_ptr<const StopSignal> stop_;
  const AheadOptions options_;
  std::optional<DecodedStream> serial_;  // nothing: ahead_ is read
  uint64_t given_ = 0;                   // bytes of the run that were given, and that serial_ still has to leave out
  std::unique_ptr<MembersAhead> ahead_;
};

}  // namespace

std::unique_ptr<ByteStream> decode(std::unique_ptr<ByteStream> stored, const Format &format,
                                   std::shared_ptr<const StopSignal> stop, AheadOptions options) {
  auto origin = options.threads > 1 ? stored->from(0) : nullptr;
  if (!origin) return std::make_unique<DecodedStream>(std::move(stored), format, std::move(stop));
  options.threads = std::min(options.threads, kMaxThreads);
  return std::make_unique<ParallelStream>(std::move(stored), std::move(origin), format, std::move(stop), options);
}

}  // namespace plughost
