#include "json_printer.hpp"

#include "json_text.hpp"

namespace plughost {

void JsonPrinter::begin_input(const std::string &name, ByteBuffer *out) {
  end_input(out);
  name_ = name;
  lines_ = bytes_ = 0;
}

void JsonPrinter::put(const Line &line, const std::string &name, ByteBuffer *out) {
  if (!begun_) {
    begun_ = true;
    with_match_++;
    out->put(R"({"type":"begin","data":{"path":)");
    put_json_bytes(name, out);
    out->put("}}\n");
  }
  if (line.kept) lines_++;
  out->put(line.kept ? R"({"type":"match","data":{"path":)" : R"({"type":"context","data":{"path":)");
  put_json_bytes(name, out);
  out->put(R"(,"lines":)");
  put_json_bytes(line.bytes, out);
  out->put(R"(,"line_number":)");
  out->put_number(line.number);
  out->put(R"(,"absolute_offset":)");
  out->put_number(line.offset);
  out->put(",\"submatches\":[]}}\n");
}

void JsonPrinter::count(const Content &content, const Selection &) { bytes_ += content.block.consumed; }

void JsonPrinter::end_input(ByteBuffer *out) {
  if (!begun_) return;
  begun_ = false;
  out->put(R"({"type":"end","data":{"path":)");
  put_json_bytes(name_, out);
  out->put(R"(,"binary_offset":null,"stats":{"bytes_searched":)");
  out->put_number(bytes_);
  out->put(R"(,"matched_lines":)");
  out->put_number(lines_);
  out->put("}}}\n");
}

void JsonPrinter::end(const PrintTotals &totals, ByteBuffer *out) {
  end_input(out);
  out->put(R"({"type":"summary","data":{"elapsed_total":{"secs":)");
  out->put_number(totals.elapsed_ns / 1'000'000'000);
  out->put(R"(,"nanos":)");
  out->put_number(totals.elapsed_ns % 1'000'000'000);
  out->put(R"(},"stats":{"searches":)");
  out->put_number(totals.inputs);
  out->put(R"(,"searches_with_match":)");
  out->put_number(with_match_);
  out->put(R"(,"bytes_searched":)");
  out->put_number(totals.bytes);
  out->put(R"(,"bytes_printed":)");
  out->put_number(totals.written);
  out->put(R"(,"matched_lines":)");
  out->put_number(totals.lines);
  out->put("}}}\n");
}

}  // namespace plughost
