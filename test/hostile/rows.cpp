// Answers about rows that cannot be.
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>

#include "forger.hpp"

namespace hostile {
namespace {

// The answer about all lines of a call, with one column: the text of the line.
struct Rows {
  explicit Rows(const plug_lines &lines) : count(lines.count), fits((count + 63) / 64), skipped(fits.size()) {
    for (uint32_t i = 0; i < count; i++) {
      fits[i / 64] |= uint64_t{1} << i % 64;
      cells.push_back(lines.spans[i]);
    }
    valid = fits;
  }
  std::string bytes() const {
    std::string all;
    all.append(reinterpret_cast<const char *>(fits.data()), fits.size() * 8);
    all.append(reinterpret_cast<const char *>(skipped.data()), skipped.size() * 8);
    all.append(reinterpret_cast<const char *>(valid.data()), valid.size() * 8);
    return all.append(reinterpret_cast<const char *>(cells.data()), cells.size() * sizeof cells[0]).append(made);
  }

  const uint32_t count;
  std::vector<uint64_t> fits, skipped, valid;
  std::vector<plug_span> cells;
  std::string made;
};

struct Place {
  const plug_lines &lines;
  uint32_t line;
};

// Without a bit that does not exist, the answer lacks its end.
void set_beyond(std::vector<uint64_t> *words, Rows *rows) {
  if (rows->count % 64 != 0)
    words->back() |= uint64_t{1} << 63;
  else
    rows->cells.pop_back();
}

const Forgery<Rows &, const Place &> kForgeries[] = {
    {"fits-beyond", [](Rows &rows, const Place &) { set_beyond(&rows.fits, &rows); }},
    {"skipped-beyond", [](Rows &rows, const Place &) { set_beyond(&rows.skipped, &rows); }},
    {"skipped-fits", [](Rows &rows, const Place &at) { rows.skipped[at.line / 64] |= uint64_t{1} << at.line % 64; }},
    {"value-beyond", [](Rows &rows, const Place &) { set_beyond(&rows.valid, &rows); }},
    {"cells-short", [](Rows &rows, const Place &) { rows.cells.pop_back(); }},
    {"cells-none",
     [](Rows &rows, const Place &) {
       rows.cells.clear(), rows.valid.clear(), rows.fits.clear(), rows.skipped.clear();
     }},
    {"text-before", [](Rows &rows, const Place &at) { rows.cells[at.line].offset--; }},
    {"text-behind", [](Rows &rows, const Place &at) { rows.cells[at.line].length++; }},
    {"text-enormous",
     [](Rows &rows, const Place &at) {
       rows.cells[at.line] = {UINT32_MAX, UINT32_MAX};
     }},
    {"text-around", [](Rows &rows, const Place &at) { rows.cells[at.line].length = UINT32_MAX; }},
    {"text-not-made",
     [](Rows &rows, const Place &at) {
       rows.cells[at.line] = {static_cast<uint32_t>(at.lines.block.len), 1};
     }},
    {"text-behind-made",
     [](Rows &rows, const Place &at) {
       rows.made = "made";
       rows.cells[at.line] = {static_cast<uint32_t>(at.lines.block.len) + 2, 3};
     }},
};

// Forged words of a row filter about all lines of a call.
const Forgery<std::vector<uint64_t> &, const plug_lines &> kWords[] = {
    {"keep-beyond",
     [](std::vector<uint64_t> &words, const plug_lines &lines) {
       if (lines.count % 64 != 0)
         words.back() |= uint64_t{1} << 63;
       else
         words.push_back(1);
     }},
    {"keep-short", [](std::vector<uint64_t> &words, const plug_lines &) { words.pop_back(); }},
    {"keep-long", [](std::vector<uint64_t> &words, const plug_lines &) { words.push_back(0); }},
};

// Forged answers of an aggregator, as bytes and ranges.
std::string words_of(std::initializer_list<uint32_t> words) {
  return {reinterpret_cast<const char *>(words.begin()), words.size() * sizeof(uint32_t)};
}
struct Folded {
  std::string bytes;
  std::vector<Range> ranges;
};
const Forgery<Folded &> kFolded[] = {
    {"memory-none", [](Folded &) {}},
    {"memory-short", [](Folded &answer) { answer.bytes = "1234567"; }},
    {"memory-long", [](Folded &answer) { answer.bytes = "123456789"; }},
    {"memory-ranges",
     [](Folded &answer) {
       answer.bytes = "12345678";
       answer.ranges = {{0, 1, 0}};
     }},
    {"sizes-none", [](Folded &) {}},
    {"sizes-enormous",
     [](Folded &answer) {
       answer.bytes = words_of({1, 0, UINT32_MAX, UINT32_MAX, 0, 0});
     }},
    {"sizes-more",
     [](Folded &answer) {
       answer.bytes = words_of({1, 0, 9, 0, 1, 0});
     }},
    {"sizes-fewer",
     [](Folded &answer) {
       answer.bytes = words_of({1, 0, 7, 0, 1, 0});
     }},
    {"groups-none",
     [](Folded &answer) {
       answer.bytes = words_of({0, 0});
     }},
    {"groups-more",
     [](Folded &answer) {
       answer.bytes = words_of({2, 0, 4, 4, 1, 0});
     }},
    {"groups-enormous",
     [](Folded &answer) {
       answer.bytes = words_of({UINT32_MAX, UINT32_MAX, 4, 4, 1, 0});
     }},
    {"results-none", [](Folded &) {}},
    {"results-short",
     [](Folded &answer) {
       answer.bytes = words_of({1, 0, 5});
     }},
    {"results-beyond",
     [](Folded &answer) {
       answer.bytes = words_of({3, 0, 5, 0});
     }},
};

template <typename Forgeries>
auto named(const Forgeries &forgeries, const char *name) {
  const auto found = std::ranges::find_if(forgeries, [&](const auto &one) { return std::strcmp(one.name, name) == 0; });
  return found == std::end(forgeries) ? nullptr : &*found;
}

}  // namespace

bool forge_folds(const scene &at) {
  if (const auto *forgery = named(kWords, at.attack)) {
    Answer answer(at);
    std::vector<uint64_t> words((at.lines->count + 63) / 64);
    forgery->make(words, *at.lines);
    answer.put({}, {reinterpret_cast<const char *>(words.data()), words.size() * 8});
    begin(at);
    answer.publish();
    return true;
  }
  if (const auto *forgery = named(kFolded, at.attack)) {
    Answer answer(at);
    Folded folded;
    forgery->make(folded);
    answer.put(folded.ranges, folded.bytes);
    begin(at);
    answer.publish();
    return true;
  }
  return false;
}

bool forge_rows(const scene &at) {
  for (const auto &forgery : kForgeries) {
    if (std::strcmp(forgery.name, at.attack) != 0) continue;
    Answer answer(at);
    Rows rows(*at.lines);
    forgery.make(rows, {*at.lines, at.line});
    answer.put({}, rows.bytes());
    begin(at);
    answer.publish();
    return true;
  }
  return false;
}

}  // namespace hostile
