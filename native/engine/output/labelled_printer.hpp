// Lines for people: with the name of their input, their number, the lines around them, and matches in colour.
#pragma once

#include "engine/output/line_printer.hpp"

namespace plughost {

// As grep does it: `:` behind the labels of a kept line, `-` behind those of one around it, `--` where lines are left
// out between such groups.
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
