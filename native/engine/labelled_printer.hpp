// Lines for people: with the name of their input, their number, and the lines around them.
#pragma once

#include "line_printer.hpp"

namespace plughost {

// As grep does it: `:` behind the labels of a kept line, `-` behind those of one around it, `--` where lines are left
// out between such groups.
class LabelledPrinter : public LinePrinter {
 public:
  using LinePrinter::LinePrinter;

 private:
  void begin_input(const std::string &, ByteBuffer *) override {}
  void put(const Line &line, const std::string &name, ByteBuffer *out) override;
  void put_gap(ByteBuffer *out) override { out->put("--\n"); }
};

}  // namespace plughost
