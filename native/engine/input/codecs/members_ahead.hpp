// Decodes members of a compressed file on several threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/input/byte_stream.hpp"
#include "engine/input/codecs/decoded_stream.hpp"
#include "engine/input/codecs/format.hpp"
#include "engine/input/codecs/member_finder.hpp"
#include "engine/lines/block.hpp"
#include "os/thread/stop_signal.hpp"

namespace plughost {

// How members are decoded in parallel. All sizes are in bytes.
struct AheadOptions {
  unsigned threads;
  uint64_t run_size = 256 << 10;  // of a run as it is stored, at least
  size_t text_size = 256 << 10;   // of a piece of text
  size_t max_texts = 64;          // pieces that wait to be read
};

// Members that follow each other, decoded by one thread: from the one at `start` up to the first that begins run_size
// or more bytes later. Whether a member begins at `start` is a guess until the run before it has ended there.
struct MemberRun {
  enum class End {
    none,    // it is still being decoded
    member,  // at a member, the next one
    stream,  // at the end of the stream
    failed,  // with `failure`
    thrown,  // with `thrown`
    stopped
  };
  struct Text {
    PageBuffer buffer;  // from ByteStream::kRoom on
    size_t size = 0;
    uint64_t consumed = 0;  // bytes of the stream that were used up to the end of this text
  };

  explicit MemberRun(uint64_t start) : start(start), at(start) {}

  const uint64_t start;
  bool taken = false;      // by a thread
  bool dropped = false;    // nobody will read it
  std::deque<Text> texts;  // in order
  // At the end:
  End end = End::none;
  uint64_t at;  // bytes of the stream that were used
  std::optional<Failure> failure;
  std::exception_ptr thrown;
};

// The reader says where a run begins, and reads it. Meanwhile the threads guess the runs that follow, and decode them
// until max_texts pieces wait. The run that is read can always go on, so a member of any size takes
// no more memory.
class MembersAhead {
 public:
  using Got = ByteStream::Got;

  // `origin` gives streams of the file. It and `format` must outlive this object. Throws std::system_error when there
  // is no thread to be had.
  MembersAhead(const ByteStream &origin, const Format &format, std::shared_ptr<const StopSignal> stop,
               AheadOptions options);
  ~MembersAhead();

  // Begins to read at the member at `offset`. [reader]
  void seek(uint64_t offset);
  // Copies the next bytes of the run, and waits for them. Returns false at its end. [reader]
  bool read(uint8_t *to, size_t size, size_t *got);
  // The same for a whole buffer of text, as ByteStream::exchange. [reader]
  bool exchange(PageBuffer *buffer, size_t *begin, size_t *got);
  // Returns the run that is read. Its end is there after `read` has returned false. [reader]
  const MemberRun &run() const { return *run_; }
  // Returns how many bytes of the stream were used for what was read. [reader]
  uint64_t consumed() const { return consumed_; }

 private:
  void work();
  std::shared_ptr<MemberRun> next_run(std::unique_lock<std::mutex> &lock);
  void decode(MemberRun &run, std::optional<DecodedStream> &decoder, std::unique_lock<std::mutex> &lock);
  bool wait_for_room(const MemberRun &run, std::unique_lock<std::mutex> &lock);
  bool next_text();
  void drop_front();
  void recycle(MemberRun::Text text);

  const ByteStream &origin_;
  const Format &format_;
  const std::shared_ptr<const StopSignal> stop_;
  const AheadOptions options_;
  MemberFinder finder_;  // of the thread that has set finding_

  // Of the reader:
  std::shared_ptr<MemberRun> run_;
  MemberRun::Text text_;
  size_t given_ = 0;  // bytes of text_
  uint64_t consumed_ = 0;

  std::mutex mutex_;  // guards what follows; only the reader changes which run is the first
  std::condition_variable work_;
  std::condition_variable ready_;
  std::deque<std::shared_ptr<MemberRun>> runs_;  // the first one is being read
  uint64_t find_at_ = MemberFinder::kNoMore;     // where the next run is looked for
  bool finding_ = false;
  std::vector<PageBuffer> spare_;
  size_t texts_ = 0;  // that are in use
  bool abandoned_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace plughost
