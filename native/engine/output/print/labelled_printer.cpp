#include "engine/output/print/labelled_printer.hpp"

#include "engine/output/print/colors.hpp"

namespace plughost {

void LabelledPrinter::put(const Line &line, const std::string &name, ByteBuffer *out) {
  const std::string_view separator = line.kept ? ":" : "-";
  if (spec_.names) {
    put_in_color(spec_.color, color::kName, name, out);
    spec_.nul ? out->put({"", 1}) : put_in_color(spec_.color, color::kSeparator, separator, out);
  }
  if (spec_.numbers) {
    put_in_color(spec_.color, color::kNumber, std::to_string(line.number), out);
    put_in_color(spec_.color, color::kSeparator, separator, out);
  }
  put_line(line, out);
  if (line.bytes.empty() || line.bytes.back() != '\n') out->put("\n");
}

void LabelledPrinter::put_line(const Line &line, ByteBuffer *out) {
  size_t at = 0;
  if (spec_.color) {
    for (const plug_span span : line.spans) {
      out->put(line.bytes.substr(at, span.offset - at));
      put_in_color(true, color::kMatch, line.bytes.substr(span.offset, span.length), out);
      at = size_t{span.offset} + span.length;
      spill(out);
    }
  }
  out->put(line.bytes.substr(at));
}

void LabelledPrinter::put_gap(ByteBuffer *out) {
  put_in_color(spec_.color, color::kSeparator, "--", out);
  out->put("\n");
}

}  // namespace plughost
