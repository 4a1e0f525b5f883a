// Reads one input as blocks of whole lines.
#pragma once

#include <cstdint>
#include <memory>

#include "base/named_enum.hpp"
#include "engine/input/byte_stream.hpp"
#include "engine/lines/block.hpp"
#include "os/file/descriptor.hpp"

namespace plughost {

// What happens to a line over the limit: the run fails, the line is left out, or it is split into lines of that length.
PLUGHOST_NAMED_ENUM(LongLines, fail, skip, split)

// The default length of the longest line, in bytes.
constexpr size_t kMaxLine = 16 << 20;

// The default size of the largest block of a plain file, in bytes. The worker that reads a block also searches it: it
// is still in the core's second-level cache, and the system calls for it cost little.
constexpr size_t kMaxBlock = 768 << 10;

// The default size of a block of a stream, in bytes. Several blocks wait between the thread that reads them and
// workers.
constexpr size_t kStreamBlock = 256 << 10;

struct ReadOptions {
  size_t block_size;  // bytes
  size_t max_line;    // bytes, without the newline
  LongLines long_lines = LongLines::fail;
  size_t max_block = kMaxBlock;        // bytes; of a plain file, for a source that chooses the block size
  size_t stream_block = kStreamBlock;  // bytes; of a stream, for such a source
  PagePool *pool = nullptr;            // the memory of blocks; null: the reader allocates it
};

class Reader {
 public:
  virtual ~Reader() = default;
  // Claims the next piece of the input for *block, which must be clear. Returns false at the end of the input. One
  // caller at a time. May wait for a pipe. Throws std::bad_alloc.
  virtual bool claim(Block *block) = 0;
  // Whether claim() may wait for the input.
  virtual bool may_wait() const { return true; }
  // Reads the piece that was claimed. Throws std::bad_alloc. [any]
  virtual void fill(Block *block) = 0;
};

// Reads bytes [from, from + size) of a regular file by their positions. Bytes that are appended later are not read. If
// the file is cut off during the run, the input ends there. Always fails at long lines, whatever `options` says: only
// reading in order finds the end of a line that crosses many pieces. The buffer of the first block that the reader
// fills already has the first `begun` bytes: at most kFormBytes, or a block if that is larger.
std::unique_ptr<Reader> read_file(Descriptor file, uint64_t from, uint64_t size, ReadOptions options, size_t begun = 0);

// Reads the lines that begin after a newline in bytes [begin, end) of a regular file of `size` bytes, and the first
// line of the file if `begin` is 0. The last line may end after `end`. Apart from that it does what read_file() does.
std::unique_ptr<Reader> read_range(Descriptor file, uint64_t begin, uint64_t end, uint64_t size, ReadOptions options,
                                   size_t begun = 0);

// Reads a stream in order.
std::unique_ptr<Reader> read_stream(std::unique_ptr<ByteStream> stream, ReadOptions options);

// Reads another reader some blocks ahead, on a thread of its own. The other reader must end soon after its run is
// stopped. Throws std::system_error when there is no thread to be had.
std::unique_ptr<Reader> read_ahead(std::unique_ptr<Reader> reader, PagePool *pool);

}  // namespace plughost
