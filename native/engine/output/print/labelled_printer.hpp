// Prints lines for people: with the name of the input, the line number, context lines, and matches in colour.
#pragma once

#include "engine/output/print/line_printer.hpp"

namespace plughost {

// Prints in grep's format: `:` after the labels of a kept line, `-` after those of a context line, and a line `--`
// between groups that are not adjacent.
class LabelledPrinter : public LinePrinter {
 public:
  using LinePrinter::LinePrinter;

 private:
  void begin_input(const Block &, const std::string &, ByteBuffer *) override {}
  void put(const Line &line, const std::string &name, ByteBuffer *out) override;
  void put_line(const Line &line, ByteBuffer *out);
  void put_gap(ByteBuffer *out) override;
};

}  // namespace plughost
