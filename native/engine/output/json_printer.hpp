// Lines for programs: JSON Lines.
#pragma once

#include <string>

#include "engine/output/line_printer.hpp"

namespace plughost {

// The messages of ripgrep's --json, byte for byte but for times, so that what reads those can read these: `begin` and
// `end` around the lines of an input that has kept ones, `match` and `context` for lines, `summary` at last. As there,
// inputs without a line to show are in no figure of the summary.
class JsonPrinter : public LinePrinter {
 public:
  using LinePrinter::LinePrinter;

  void end(uint64_t elapsed_ns, ByteBuffer *out) override;

 private:
  // ripgrep's figures.
  struct Stats {
    uint64_t elapsed_ns = 0;
    uint64_t searches = 0;
    uint64_t with_match = 0;
    uint64_t bytes_searched = 0;
    uint64_t bytes_printed = 0;  // by begin, match and context
    uint64_t lines = 0;          // kept
    uint64_t matches = 0;        // in them

    Stats &operator+=(const Stats &other);
  };

  void begin_input(const Block &first, const std::string &name, ByteBuffer *out) override;
  void put(const Line &line, const std::string &name, ByteBuffer *out) override;
  void count(const Content &content, const Selection &kept) override;
  void end_input(ByteBuffer *out);
  uint64_t put_submatches(const Line &line, ByteBuffer *out);

  Stats all_;
  // Of the current input.
  std::string name_;
  uint32_t mark_ = 0;  // bytes of its byte order mark, which ripgrep does not count
  bool begun_ = false;
  uint64_t began_ns_ = 0;
  Stats stats_;
};

}  // namespace plughost
