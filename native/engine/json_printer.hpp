// Lines for programs: JSON Lines.
#pragma once

#include <string>

#include "line_printer.hpp"

namespace plughost {

// The messages of ripgrep's --json, so that what reads those can read these: `begin` and `end` around the lines of an
// input that has kept ones, `match` and `context` for lines, `summary` at last. Where in a line it was found is not
// known, so `submatches` is always empty.
class JsonPrinter : public LinePrinter {
 public:
  using LinePrinter::LinePrinter;

  void end(const PrintTotals &totals, ByteBuffer *out) override;

 private:
  void begin_input(const std::string &name, ByteBuffer *out) override;
  void put(const Line &line, const std::string &name, ByteBuffer *out) override;
  void count(const Content &content, const Selection &kept) override;
  void end_input(ByteBuffer *out);

  uint64_t with_match_ = 0;
  // Of the current input.
  std::string name_;
  bool begun_ = false;
  uint64_t lines_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace plughost
