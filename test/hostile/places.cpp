// Answers about lines that are not in the request, not in order, or no lines at all.
#include <iterator>

#include "forger.hpp"

namespace hostile {
namespace {

constexpr uint32_t kEnormous = UINT32_MAX;

// X is the line that triggered the attack. It is not the first line of the block.
const Forgery<Answer &> kForgeries[] = {
    // For a transform: made text and its origins.
    {"origins-descend",
     [](Answer &to) {
       to.put({{0, 4, to.made_text()}}, "a\nb\n", {{0, to.place()}, {2, 0}});
     }},
    {"origin-before-kept",
     [](Answer &to) {
       to.put({to.line(), {0, 2, to.made_text()}}, "a\n", {{0, 0}});
     }},
    {"origin-of-kept",
     [](Answer &to) {
       to.put({to.line(), {0, 2, to.made_text()}}, "a\n", {{0, to.place()}});
     }},
    {"kept-and-made",
     [](Answer &to) {
       to.put({{0, 2, to.made_text()}, to.line()}, "a\n", {{0, to.place()}});
     }},
    {"origin-twice",
     [](Answer &to) {
       to.put({{0, 4, to.made_text()}}, "a\nb\n", {{0, to.place()}, {2, to.place()}});
     }},
    {"origin-in-line",
     [](Answer &to) {
       to.put({{0, 2, to.made_text()}}, "a\n", {{0, to.place() + 1}});
     }},
    {"origin-behind-block",
     [](Answer &to) {
       to.put({{0, 2, to.made_text()}}, "a\n", {{0, to.request().block_size}});
     }},
    {"origin-enormous",
     [](Answer &to) {
       to.put({{0, 2, to.made_text()}}, "a\n", {{0, kEnormous}});
     }},
    {"origin-missing",
     [](Answer &to) {
       to.put({{0, 2, to.made_text()}}, "a\n");
     }},
    {"origin-of-nothing",
     [](Answer &to) {
       to.put({to.line()}, "", {{0, to.place()}});
     }},
    {"origin-in-made-line",
     [](Answer &to) {
       to.put({{0, 3, to.made_text()}}, "ab\n", {{0, to.place()}, {1, to.place()}});
     }},
    {"origin-begins-late",
     [](Answer &to) {
       to.put({{0, 4, to.made_text()}}, "a\nb\n", {{2, to.place()}});
     }},
    {"origin-behind-made",
     [](Answer &to) {
       to.put({{0, 2, to.made_text()}}, "a\n", {{0, to.place()}, {kEnormous, to.place()}});
     }},
    {"made-without-newline",
     [](Answer &to) {
       to.put({{0, 1, to.made_text()}}, "a", {{0, to.place()}});
     }},
    {"made-not-passed-on",
     [](Answer &to) {
       to.put({{0, 2, to.made_text()}}, "a\nb\n", {{0, to.place()}});
     }},
    {"made-behind-made",
     [](Answer &to) {
       to.put({{0, 200, to.made_text()}}, "a\n", {{0, to.place()}});
     }},
    // For every role: which lines are kept.
    {"line-twice",
     [](Answer &to) {
       to.put({to.line(), to.line()});
     }},
    {"line-torn",
     [](Answer &to) {
       to.put({{to.line().begin, to.line().end - 2, to.line().text}});
     }},
    {"line-begins-late",
     [](Answer &to) {
       to.put({{to.line().begin + 1, to.line().end, to.line().text}});
     }},
    {"range-empty",
     [](Answer &to) {
       to.put({{to.line().begin, to.line().begin, to.line().text}});
     }},
    {"range-reversed",
     [](Answer &to) {
       to.put({{to.line().end, to.line().begin, to.line().text}});
     }},
    {"range-behind-block",
     [](Answer &to) {
       to.put({{to.line().begin, kEnormous, to.line().text}});
     }},
    {"text-unknown",
     [](Answer &to) {
       to.put({{0, 2, to.made_text() + 1}});
     }},
    {"text-enormous",
     [](Answer &to) {
       to.put({{0, 2, kEnormous}});
     }},
};

}  // namespace

bool forge_places(const scene &at) {
  for (const auto &forgery : kForgeries) {
    if (__builtin_strcmp(forgery.name, at.attack) != 0) continue;
    Answer answer(at);
    forgery.make(answer);
    begin(at);
    answer.publish();
    return true;
  }
  return false;
}

}  // namespace hostile
