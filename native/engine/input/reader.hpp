// One input as blocks of whole lines.
#pragma once

#include <cstdint>
#include <memory>

#include "base/named_enum.hpp"
#include "engine/input/byte_stream.hpp"
#include "engine/lines/block.hpp"
#include "os/file/descriptor.hpp"

namespace plughost {

// What becomes of a line over the limit: the run ends there, it is left out, or it is cut into lines of that length.
PLUGHOST_NAMED_ENUM(LongLines, fail, skip, split)

// Bytes of the longest line where nobody says otherwise.
constexpr size_t kMaxLine = 16 << 20;

// Bytes of the largest block where nobody says otherwise: what stays in a core's own cache beside what the stages use,
// and is still worth a system call.
constexpr size_t kMaxBlock = 256 << 10;

struct ReadOptions {
  size_t block_size;  // bytes
  size_t max_line;    // bytes, without the newline
  LongLines long_lines = LongLines::fail;
  size_t max_block = kMaxBlock;  // bytes, where the block size is left to the source
  PagePool *pool = nullptr;      // for what is read; null: memory of one's own
};

class Reader {
 public:
  virtual ~Reader() = default;
  // Claims the next piece of the input for *block, which is clear; false at the end of the input. One caller at a time;
  // may wait for a pipe. Throws std::bad_alloc.
  virtual bool claim(Block *block) = 0;
  // Completes what was claimed. Throws std::bad_alloc. [any]
  virtual void fill(Block *block) = 0;
};

// Positional reads of a regular file, from `from` to `from + size`: what is appended later is not read, and what is cut
// off is missing, without harm. Fails at long lines, whatever the limits say: where a line ends that crosses many
// pieces can only be told by reading in order.
std::unique_ptr<Reader> read_file(Descriptor file, uint64_t from, uint64_t size, ReadOptions limits);

// A stream, read in order as it comes.
std::unique_ptr<Reader> read_stream(std::unique_ptr<ByteStream> stream, ReadOptions limits);

// What another reader gives, claimed and filled by a thread of its own before it is asked for, some blocks ahead. The
// other must end soon after its run is stopped. Throws std::system_error when there is no thread to be had.
std::unique_ptr<Reader> read_ahead(std::unique_ptr<Reader> reader, PagePool *pool);

}  // namespace plughost
