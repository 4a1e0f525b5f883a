#include "engine/stages/literals.hpp"

#include <algorithm>
#include <cstring>

#include "engine/plugin/crash_report.hpp"
#include "os/cpu/float_mode.hpp"
#include "os/memory/checked_copy.hpp"

namespace plughost {

Literals::Literals(const StagePlugin &plugin, const plug_filter &calls) {
  if (!calls.literal) return;
  const PluginCallScope scope(plugin.label.c_str(), "literal");
  for (uint32_t index = 0;; index++) {
    plug_bytes given{nullptr, 0};
    const FloatMode mode;
    const int32_t status = calls.literal(plugin.instance, index, &given);
    mode.restore();
    if (status < 0) CallError().raise(plugin, "literal", status);
    if (status > 1) raise_contract(plugin, "literal", no_such_answer(status));
    if (status == 0) return;
    if (index == PLUG_LITERALS_MAX) break;
    if (given.len == 0 || given.len > PLUG_LITERAL_MAX)
      raise_contract(plugin, "literal", "literal gave a text that is empty or longer than PLUG_LITERAL_MAX");
    auto text = std::make_unique<Text>();
    if (!is_readable(reinterpret_cast<uintptr_t>(given.data), given.len))
      raise_contract(plugin, "literal", "literal gave a text that cannot be read");
    text->bytes.assign(reinterpret_cast<const char *>(given.data), given.len);
    text->mask.resize(given.len);
    if (text->bytes.find('\n') != std::string::npos)
      raise_contract(plugin, "literal", "literal gave a text with a newline in it");
    finder_init(&text->search, reinterpret_cast<uint8_t *>(text->bytes.data()),
                reinterpret_cast<uint8_t *>(text->mask.data()), given.len, 0);
    texts_.push_back(std::move(text));
  }
  // The filter has more than PLUG_LITERALS_MAX texts. Some of them do not rule out a line, so use none.
  texts_.clear();
}

void Literals::find_lines(const Content &content, const Selection &in, Selection *out) const {
  out->clear();
  for (const Range &range : in.ranges()) find_lines(content.text(range.text), range, out);
}

void Literals::find_lines(std::span<const uint8_t> text, Range range, Selection *out) const {
  const uint8_t *const end = text.data() + range.end;
  const uint8_t *from = text.data() + range.begin;
  // The next match of each text, or `end`. It stays valid until `from` passes it, so no byte is searched twice.
  const uint8_t *next[PLUG_LITERALS_MAX];
  std::fill_n(next, texts_.size(), nullptr);
  while (from < end) {
    const uint8_t *first = end;
    for (size_t i = 0; i < texts_.size(); i++) {
      if (!next[i] || next[i] < from) {
        const finder &search = texts_[i]->search;
        const uint8_t *const found = search.find(&search, from, static_cast<size_t>(end - from));
        next[i] = found ? found : end;
      }
      first = std::min(first, next[i]);
    }
    if (first == end) return;
    const auto *const before = static_cast<const uint8_t *>(memrchr(from, '\n', static_cast<size_t>(first - from)));
    const auto *const newline =
        static_cast<const uint8_t *>(std::memchr(first, '\n', static_cast<size_t>(end - first)));
    const uint8_t *const begin = before ? before + 1 : from;
    from = newline ? newline + 1 : end;
    out->add({static_cast<uint32_t>(begin - text.data()), static_cast<uint32_t>(from - text.data()), range.text}, 1);
  }
}

}  // namespace plughost
