#include "labelled_printer.hpp"

namespace plughost {

void LabelledPrinter::put(const Line &line, const std::string &name, ByteBuffer *out) {
  const char separator = line.kept ? ':' : '-';
  if (spec_.names) {
    out->put(name);
    out->put({spec_.nul ? "" : &separator, 1});
  }
  if (spec_.numbers) {
    out->put_number(line.number);
    out->put({&separator, 1});
  }
  out->put(line.bytes);
  if (line.bytes.empty() || line.bytes.back() != '\n') out->put("\n");
}

}  // namespace plughost
