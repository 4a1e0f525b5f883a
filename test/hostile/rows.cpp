// Answers of a parser whose rows cannot be.
#include <cstring>
#include <string>

#include "forger.hpp"

namespace hostile {
namespace {

// The answer about all lines of a call, with one column: the text of the line.
struct Rows {
  explicit Rows(const plug_lines &lines) : count(lines.count), fits((count + 63) / 64), valid(fits.size()) {
    for (uint32_t i = 0; i < count; i++) {
      fits[i / 64] |= uint64_t{1} << i % 64;
      cells.push_back(lines.spans[i]);
    }
    valid = fits;
  }
  std::string bytes() const {
    std::string all;
    all.append(reinterpret_cast<const char *>(fits.data()), fits.size() * 8);
    all.append(reinterpret_cast<const char *>(valid.data()), valid.size() * 8);
    return all.append(reinterpret_cast<const char *>(cells.data()), cells.size() * sizeof cells[0]).append(made);
  }

  const uint32_t count;
  std::vector<uint64_t> fits, valid;
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
    {"value-beyond", [](Rows &rows, const Place &) { set_beyond(&rows.valid, &rows); }},
    {"cells-short", [](Rows &rows, const Place &) { rows.cells.pop_back(); }},
    {"cells-none", [](Rows &rows, const Place &) { rows.cells.clear(), rows.valid.clear(), rows.fits.clear(); }},
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

}  // namespace

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
