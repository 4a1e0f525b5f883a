// Parsers of JSON on the lines of a log, one document each: how long one thread takes to find the integer "status" in
// every line. Prints nanoseconds of processor time for a line, and how many lines have the status 200.
//
//   g++ -O3 -std=c++17 json.cpp -o json -lsimdjson [yyjson.c]
//   json LOG
//
// simdjson is Debian's libsimdjson-dev. yyjson takes part if its header is found. The parser of plughost is measured by
// `host run LOG --parse json --aggregate count --by status -j 1` under a profiler.
#include <simdjson.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#if __has_include(<yyjson.h>)
#include <yyjson.h>
#endif

namespace {

struct Line {
  size_t begin;
  size_t length;
};

double nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Calls `status` for each line, which returns -1 where there is none.
template <class Status>
void measure(const char *name, const std::vector<Line> &lines, const Status &status) {
  size_t found = 0;
  const double begin = nanoseconds();
  for (const Line &line : lines) found += status(line) == 200 ? 1 : 0;
  std::printf("%-30s %4.0f ns a line, %zu with status 200\n", name,
              (nanoseconds() - begin) / static_cast<double>(lines.size()), found);
}

}  // namespace

int main(int argc, char **argv) {
  simdjson::padded_string text;
  if (argc != 2 || simdjson::padded_string::load(argv[1]).get(text) != simdjson::SUCCESS) return 2;
  std::vector<Line> lines;
  for (size_t begin = 0; begin < text.size();) {
    const void *newline = std::memchr(text.data() + begin, '\n', text.size() - begin);
    const size_t end = newline ? static_cast<size_t>(static_cast<const char *>(newline) - text.data()) : text.size();
    lines.push_back({begin, end - begin});
    begin = end + 1;
  }

  simdjson::ondemand::parser on_demand;
  const auto document = [&](const Line &line) {
    return on_demand.iterate(text.data() + line.begin, line.length,
                             text.size() - line.begin + simdjson::SIMDJSON_PADDING);
  };
  measure("simdjson, to the field", lines, [&](const Line &line) {
    simdjson::ondemand::document doc;
    int64_t status = -1;
    if (document(line).get(doc) == simdjson::SUCCESS && doc["status"].get(status) != simdjson::SUCCESS) status = -1;
    return status;
  });
  measure("simdjson, to the line's end", lines, [&](const Line &line) {
    simdjson::ondemand::document doc;
    simdjson::ondemand::object object;
    int64_t status = -1;
    if (document(line).get(doc) != simdjson::SUCCESS || doc.get_object().get(object) != simdjson::SUCCESS)
      return status;
    for (auto field : object) {
      simdjson::ondemand::raw_json_string key;
      if (field.key().get(key) != simdjson::SUCCESS) return int64_t{-1};
      if (key.unsafe_is_equal("status") && field.value().get(status) != simdjson::SUCCESS) return int64_t{-1};
    }
    return status;
  });
  simdjson::dom::parser dom;
  measure("simdjson, the whole document", lines, [&](const Line &line) {
    simdjson::dom::element root;
    int64_t status = -1;
    const auto *begin = reinterpret_cast<const uint8_t *>(text.data()) + line.begin;
    if (dom.parse(begin, line.length, false).get(root) == simdjson::SUCCESS &&
        root["status"].get(status) != simdjson::SUCCESS)
      status = -1;
    return status;
  });
#if __has_include(<yyjson.h>)
  std::vector<char> memory(size_t{1} << 20);
  measure("yyjson", lines, [&](const Line &line) {
    yyjson_alc pool;
    yyjson_alc_pool_init(&pool, memory.data(), memory.size());
    yyjson_doc *doc = yyjson_read_opts(text.data() + line.begin, line.length, 0, &pool, nullptr);
    yyjson_val *status = doc ? yyjson_obj_get(yyjson_doc_get_root(doc), "status") : nullptr;
    return status ? yyjson_get_sint(status) : int64_t{-1};
  });
#endif
}
