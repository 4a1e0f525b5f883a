// Prints lines as JSON Lines, for programs.
#pragma once

#include <string>

#include "engine/output/print/line_printer.hpp"

namespace plughost {

// Prints the messages of ripgrep's --json, byte for byte except for times, so that programs which read those can read
// these: `begin` and `end` around the lines of an input, `match` and `context` for lines, and `summary` at the end. As
// in ripgrep, inputs of which no line is shown do not count in the summary.
class JsonPrinter : public LinePrinter {
 public:
  using LinePrinter::LinePrinter;

  void end(uint64_t elapsed_ns, ByteBuffer *out) override;

 private:
  // ripgrep's statistics, of one input or of all.
  struct Stats {
    uint64_t elapsed_ns = 0;
    uint64_t searches = 0;
    uint64_t with_match = 0;
    uint64_t bytes_searched = 0;
    uint64_t bytes_printed = 0;  // in begin, match and context messages
    uint64_t lines = 0;          // kept lines
    uint64_t matches = 0;        // spans in kept lines

    Stats &operator+=(const Stats &other);
  };

  void begin_input(const Block &first, const std::string &name, ByteBuffer *out) override;
  void put(const Line &line, const std::string &name, ByteBuffer *out) override;
  void end_block(const Content &content, const Selection &kept) override;
  void end_input(ByteBuffer *out);
  uint64_t put_submatches(const Line &line, ByteBuffer *out);

  Stats all_;
  // The current input:
  std::string name_;
  uint32_t mark_ = 0;   // bytes of its byte order mark, which ripgrep does not count
  bool begun_ = false;  // its `begin` was printed
  uint64_t began_ns_ = 0;
  Stats stats_;
};

}  // namespace plughost
