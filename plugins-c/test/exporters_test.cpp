#include <memory>
#include <optional>
#include <random>

#include "guarded.hpp"
#include "plugin.hpp"
#include "tests.hpp"

using namespace test;

namespace {

class Exporter {
 public:
  explicit Exporter(const std::string &name, std::string_view config = "{}")
      : plugin_(name, name == "jsonl" ? Plugin::Shape::object : Plugin::Shape::factory) {
    plugin_.configured(config);
    exporter_ = plugin_.extension<plug_exporter>(PLUG_EXPORTER);
    require(exporter_ && exporter_->write, "it is no exporter");
    require(exporter_->flags == PLUG_EXPORTER_ROWWISE, "its rows are not independent");
  }

  std::string begin() const {
    Context ctx;
    Sink sink;
    Error error;
    if (exporter_->begin)
      require(exporter_->begin(plugin_.get(), nullptr, &ctx, &sink, &error) == PLUG_OK, error.text());
    return sink.take();
  }

  // Exports the lines of a block at `offset`. The sink is full after `rows` rows.
  std::string write(plug_bytes block, std::vector<plug_span> lines, uint64_t offset, size_t rows = SIZE_MAX) const {
    Context ctx;
    Sink sink(rows);
    std::string output;
    for (size_t at = 0; at < lines.size();) {
      Error error;
      const auto left = static_cast<uint32_t>(lines.size() - at);
      plug_lines batch = batch_of(block, lines.data() + at, left);
      batch.block_offset = offset;
      uint32_t taken = left;
      const int32_t status = exporter_->write(plugin_.get(), nullptr, &ctx, &batch, &taken, &sink, &error);
      require(status == PLUG_OK || status == PLUG_ERROR_AGAIN, "write failed: " + error.text());
      require(status == PLUG_OK ? taken == left : taken == rows && rows < left, "it took " + std::to_string(taken));
      at += taken;
      output += sink.take(rows);
    }
    return output;
  }

  std::string write(std::string_view block, uint64_t offset = 0) const {
    return write(bytes_of(block), split(block), offset);
  }

  int32_t write_to(Sink *sink, Context *ctx, Error *error) const {
    const plug_span line{0, 1};
    const plug_lines lines = batch_of(bytes_of("a"), &line, 1);
    uint32_t taken = 1;
    return exporter_->write(plugin_.get(), nullptr, ctx, &lines, &taken, sink, error);
  }

  std::string run() { return plugin_.run(); }

 private:
  Plugin plugin_;
  const plug_exporter *exporter_;
};

void require_same(const std::string &got, const std::string &wanted, const std::string &of = "the output") {
  require(got == wanted, of + " is " + quoted(got) + ", not " + quoted(wanted));
}

// Decodes by the definition of Unicode: the value of the bits, and no shorter form of the same value.
bool is_utf8_plainly(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
    const size_t length = byte(i) < 0x80             ? 1
                          : (byte(i) & 0xe0) == 0xc0 ? 2
                          : (byte(i) & 0xf0) == 0xe0 ? 3
                          : (byte(i) & 0xf8) == 0xf0 ? 4
                                                     : 0;
    if (length == 0) return false;
    uint32_t code = length == 1 ? byte(i) : byte(i) & (0x7fu >> length);
    for (size_t k = 1; k < length; k++) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
      code = code << 6 | (byte(i + k) & 0x3f);
    }
    const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
    i += length;
  }
  return true;
}

// Encodes six bits at a time.
std::string base64_plainly(std::string_view bytes) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned value = 0;
    for (size_t k = bit; k < bit + 6; k++)
      value = value << 1 | (k / 8 < bytes.size() ? static_cast<unsigned char>(bytes[k / 8]) >> (7 - k % 8) & 1 : 0);
    text += digits[value];
  }
  while (text.size() % 4 != 0) text += '=';
  return text;
}

// Returns the JSON object of a line.
std::string object_plainly(std::string_view line, uint64_t offset) {
  std::string json = "{\"offset\":" + std::to_string(offset);
  if (!is_utf8_plainly(line)) return json + ",\"bytes\":\"" + base64_plainly(line) + "\"}\n";
  json += ",\"text\":\"";
  for (const char c : line) {
    const std::string_view special("\"\\\b\f\n\r\t"), letters("\"\\bfnrt");
    const size_t place = special.find(c);
    if (place != std::string_view::npos) {
      json += {'\\', letters[place]};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += c < 0x10 ? "\\u000" : "\\u001";
      json += "0123456789abcdef"[c & 15];
    } else {
      json += c;
    }
  }
  return json + "\"}\n";
}

std::string row_plainly(std::string_view line, uint64_t offset, char delimiter, const std::string &newline) {
  std::string row = std::to_string(offset) + delimiter;
  if (line.find_first_of(std::string("\"\r\n") + delimiter) == std::string_view::npos)
    return row + std::string(line) + newline;
  row += '"';
  for (const char c : line) row += c == '"' ? std::string("\"\"") : std::string(1, c);
  return row + '"' + newline;
}

std::string random_text(std::mt19937 &random, size_t most) {
  // Whole characters, parts of characters, bytes that need escapes, and plain bytes.
  const std::string pieces[] = {"plain text",   "a",    "\"", "\\", "\r",       "\t",           std::string(1, '\0'),
                                "\x1f",         "\x7f", ",",  ";",  "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                "\xe2\x80\xa8", "\n",   "\n"};
  const std::string broken[] = {"\xc3", "\xff", "\xed\xa0\x80", "\xc0\xaf", "\xf0\x9f", "\xf4\x90\x80\x80", "\xe2\x82"};
  std::string text;
  const size_t count = random() % most;
  for (size_t i = 0; i < count; i++)
    text += random() % 40 == 0 ? broken[random() % std::size(broken)] : pieces[random() % std::size(pieces)];
  return text;
}

}  // namespace

TEST("jsonl writes an object a line, with the offset in the input and a CR kept") {
  const Exporter jsonl("jsonl");
  require_same(jsonl.begin(), "");
  require_same(jsonl.write("first\nsay \"hi\" to C:\\\r\n\nlast", 1000),
               "{\"offset\":1000,\"text\":\"first\"}\n"
               "{\"offset\":1006,\"text\":\"say \\\"hi\\\" to C:\\\\\\r\"}\n"
               "{\"offset\":1023,\"text\":\"\"}\n"
               "{\"offset\":1024,\"text\":\"last\"}\n");
  require_same(jsonl.write("x", UINT64_MAX), "{\"offset\":18446744073709551615,\"text\":\"x\"}\n");
}

TEST("jsonl escapes each control character, and lets DEL and what is not ASCII pass") {
  const Exporter jsonl("jsonl");
  std::string text;
  for (char c = 0; c < 0x20; c++)
    if (c != '\n') text += c;
  require_same(
      jsonl.write(text + "\x7f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80"),
      "{\"offset\":0,\"text\":\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\u000b\\f\\r"
      "\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c"
      "\\u001d\\u001e\\u001f\x7f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80\"}\n");
}

TEST("jsonl writes base64 where a line is not UTF-8") {
  const Exporter jsonl("jsonl");
  require_same(jsonl.write("5 \xb5s\n\xff\nab\xff\nfine"),
               "{\"offset\":0,\"bytes\":\"NSC1cw==\"}\n"
               "{\"offset\":5,\"bytes\":\"/w==\"}\n"
               "{\"offset\":7,\"bytes\":\"YWL/\"}\n"
               "{\"offset\":11,\"text\":\"fine\"}\n");
}

TEST("jsonl takes for UTF-8 exactly what is, for all pairs of bytes and the edges of what follows them") {
  const Exporter jsonl("jsonl");
  for (unsigned a = 0; a < 256; a++) {
    std::string block;
    const auto add = [&](std::initializer_list<unsigned> line) {
      for (const unsigned byte : line) block += static_cast<char>(byte);
      block += '\n';
    };
    add({a});
    for (unsigned b = 0; b < 256; b++) {
      add({a, b});
      for (const unsigned c : {0x00u, 0x7fu, 0x80u, 0xbfu, 0xc0u, 0xffu}) {
        add({a, b, c});
        for (const unsigned d : {0x7fu, 0x80u, 0xbfu, 0xc0u})
          if (a >= 0xe0) add({a, b, c, d});
      }
    }
    std::string objects;
    for (const plug_span line : split(block))
      objects += object_plainly(std::string_view(block).substr(line.offset, line.length), line.offset);
    require_same(jsonl.write(block), objects, "the output for lines that begin with byte " + std::to_string(a));
  }
}

TEST("jsonl and csv write the rows that plain code writes, and read and write nothing beyond") {
  Guarded memory(1 << 20);
  const Exporter jsonl("jsonl"), csv("csv"), semicolons("csv", "{\"delimiter\":\";\",\"newline\":\"crlf\"}");
  for (uint32_t seed = 0; seed < 3000; seed++) {
    std::mt19937 random(seed);
    const std::string text = random_text(random, seed % 100 == 0 ? 20000 : 60);
    const uint64_t offset = uint64_t{1} << seed % 60;
    const std::vector<plug_span> lines = split(text);
    std::string objects, rows, other_rows;
    for (const plug_span line : lines) {
      const auto bytes = std::string_view(text).substr(line.offset, line.length);
      objects += object_plainly(bytes, offset + line.offset);
      rows += row_plainly(bytes, offset + line.offset, ',', "\n");
      other_rows += row_plainly(bytes, offset + line.offset, ';', "\r\n");
    }
    for (const auto at : {Guarded::At::end, Guarded::At::start}) {
      const plug_bytes block{memory.hold(text, at), text.size()};
      const std::string of = "seed " + std::to_string(seed) + ": the output";
      require_same(jsonl.write(block, lines, offset), objects, of);
      require_same(csv.write(block, lines, offset), rows, of);
      require_same(semicolons.write(block, lines, offset), other_rows, of);
      if (!lines.empty()) require_same(jsonl.write(block, lines, offset, 1 + random() % lines.size()), objects, of);
    }
  }
}

TEST("exporters take room enough for the worst of lines, short or very long") {
  const Exporter jsonl("jsonl"), csv("csv", "{\"newline\":\"crlf\"}");
  for (const char *piece : {"plain", "\"", "\x01", "\xc3\xa9", "\xff"}) {
    for (const size_t length : {1000u, 1001u, 16383u, 16384u, 16385u, 100000u}) {
      std::string line;
      while (line.size() < length) line += piece;
      const std::string of = "the output for many " + base64_plainly(piece);
      require_same(jsonl.write(line, UINT64_MAX), object_plainly(line, UINT64_MAX), of);
      require_same(csv.write(line, UINT64_MAX), row_plainly(line, UINT64_MAX, ',', "\r\n"), of);
    }
  }
}

TEST("csv writes a header and quotes as RFC 4180 says") {
  const Exporter csv("csv");
  require_same(csv.begin(), "offset,text\n");
  require_same(csv.write("plain text\na,b\nsay \"hi\"\n\nwith CR\r\n;", 5),
               "5,plain text\n"
               "16,\"a,b\"\n"
               "20,\"say \"\"hi\"\"\"\n"
               "29,\n"
               "30,\"with CR\r\"\n"
               "39,;\n");
}

TEST("csv writes as its options say") {
  const Exporter csv("csv", "{\"header\":false,\"delimiter\":\"\\t\",\"newline\":\"crlf\"}");
  require_same(csv.begin(), "");
  require_same(csv.write("a,b\na\tb"), "0\ta,b\r\n4\t\"a\tb\"\r\n");
  require_same(Exporter("csv", "{\"header\":true,\"delimiter\":\"|\",\"newline\":\"crlf\"}").begin(),
               "offset|text\r\n");
}

TEST("csv refuses options that it cannot use, and says why") {
  const char *const delimiter =
      "the option \"delimiter\" is neither one of the words comma, pipe, semicolon, space and tab nor one ASCII "
      "character other than letter, digit, quote, NUL and line end";
  const std::pair<const char *, const char *> refused[] = {
      {"{\"header\":\"yes\"}", "the option \"header\" is neither true nor false"},
      {"{\"delimiter\":\"\"}", delimiter},
      {"{\"delimiter\":\"ab\"}", delimiter},
      {"{\"delimiter\":\"abcdefgh\"}", delimiter},
      {"{\"delimiter\":\"\\\"\"}", delimiter},
      {"{\"delimiter\":\"\\n\"}", delimiter},
      {"{\"delimiter\":\"\xc3\xa9\"}", delimiter},
      {"{\"delimiter\":1}", delimiter},
      {"{\"delimiter\":\"0\"}", delimiter},
      {"{\"delimiter\":\"9\"}", delimiter},
      {"{\"delimiter\":\"t\"}", delimiter},
      {"{\"delimiter\":\"Z\"}", delimiter},
      {"{\"delimiter\":\"\\u0000\"}", delimiter},
      {"{\"delimiter\":\"\\r\"}", delimiter},
      {"{\"newline\":\"cr\"}", "the option \"newline\" is neither \"lf\" nor \"crlf\""},
      {"{\"newline\":\"crlf!\"}", "the option \"newline\" is neither \"lf\" nor \"crlf\""},
      {"{\"newline\":null}", "the option \"newline\" is neither \"lf\" nor \"crlf\""},
  };
  for (const auto &[config, message] : refused) {
    Plugin plugin("csv");
    Error error;
    require(plugin.init(config, &error) == PLUG_ERROR_CONFIG, std::string(config) + " was taken");
    require_same(error.text(), message, config);
  }
}

TEST("exporters stop when the context says so, or when there is no room for a single row") {
  for (const std::string name : {"jsonl", "csv"}) {
    const Exporter exporter(name);
    Context ctx;
    Sink full(0), empty;
    Error error;
    require(exporter.write_to(&full, &ctx, &error) == PLUG_ERROR_IO, name + " did not fail");
    require_same(error.text(), "the sink has no room for a single row");
    ctx.word = PLUG_CANCEL_ASKED;
    require(exporter.write_to(&empty, &ctx, &error) == PLUG_ERROR_CANCELLED, name + " went on");
    require_same(empty.take(), "");
  }
}

TEST("exporters say what they do") {
  require_same(Exporter("jsonl").run(), "Writes each line as a JSON object");
  require_same(Exporter("csv").run(), "Writes each line as a row of CSV");
}
