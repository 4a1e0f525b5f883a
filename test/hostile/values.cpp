// Unknown values and invalid texts: in answers, and in what a runner reports while it
// starts.
#include <cstring>

#include "forger.hpp"

namespace hostile {
namespace {

using namespace plughost::ipc;

constexpr uint32_t kEnormous = UINT32_MAX;

void say(Result &head, const char *message) {
  head.outcome = Outcome::failed;
  head.code = PLUG_ERROR_IO;
  head.message_size = static_cast<uint32_t>(std::strlen(message));
  std::memcpy(head.message, message, head.message_size);
}

const Forgery<Result &> kAnswers[] = {
    {"outcome-unknown", [](Result &head) { head.outcome = static_cast<Outcome>(4); }},
    {"outcome-enormous", [](Result &head) { head.outcome = static_cast<Outcome>(kEnormous); }},
    {"kept-two", [](Result &head) { head.kept = 2; }},
    {"contract-two", [](Result &head) { say(head, "x"), head.contract = 2; }},
    {"fails-well", [](Result &head) { say(head, "x"), head.code = 0; }},
    {"fails-positively", [](Result &head) { say(head, "x"), head.code = 77; }},
    {"message-enormous", [](Result &head) { say(head, "x"), head.message_size = kEnormous; }},
    {"no-memory", [](Result &head) { head.outcome = Outcome::no_memory; }},
    // The host takes these for errors that the plugin reports. They must end the run cleanly.
    {"fails-elsewhere", [](Result &head) { say(head, "x"), head.offset = INT64_MAX; }},
    {"fails-before-all", [](Result &head) { say(head, "x"), head.offset = INT64_MIN; }},
    {"code-unknown", [](Result &head) { say(head, "x"), head.code = INT32_MIN; }},
    {"cancelled", [](Result &head) { head.outcome = Outcome::cancelled; }},
    {"words-of-terminal",
     [](Result &head) {
       say(head, "\x1b]0;title\x07\x1b[31m\r\nhost: all is well\xff\xfe\xe2\x80\xae\",\"code\":\"NONE");
       std::memcpy(head.operation, "\x1b[2J\n\"}]\xff operations", sizeof head.operation);
     }},
};

StructCopy &struct_of_role(Results &all, Role role) { return all.structs[kind_index(role)]; }

const Forgery<Results &> kStarts[] = {
    {"refusal-unknown", [](Results &all) { all.refusal = static_cast<Refusal>(10), pretend(State::refused); }},
    {"refusal-enormous", [](Results &all) { all.refusal = static_cast<Refusal>(kEnormous), pretend(State::refused); }},
    {"refusal-none", [](Results &) { pretend(State::refused); }},
    {"refusal-long",
     [](Results &all) { all.refusal = Refusal::load, all.refusal_size = kEnormous, pretend(State::refused); }},
    {"refusal-of-terminal",
     [](Results &all) {
       all.refusal = Refusal::load;
       std::memcpy(all.refusal_text, "\x1b[31m\n\xff", all.refusal_size = 7);
       pretend(State::refused);
     }},
    {"state-unknown", [](Results &) { pretend(static_cast<State>(11)); }},
    {"state-enormous", [](Results &) { pretend(static_cast<State>(kEnormous)); }},
    {"name-long", [](Results &all) { all.name_size = kEnormous, pretend(State::ready); }},
    {"struct-long", [](Results &all) { struct_of_role(all, Role::filter).size = kEnormous, pretend(State::ready); }},
    {"struct-short", [](Results &all) { struct_of_role(all, Role::transform).size = 1, pretend(State::ready); }},
    {"linewise-and-ordered",
     [](Results &all) {
       StructCopy &filter = struct_of_role(all, Role::filter);
       std::memset(filter.bytes, 0xff, filter.size = 64), pretend(State::ready);
     }},
};

}  // namespace

bool forge_values(const scene &at) {
  for (const auto &forgery : kAnswers) {
    if (std::strcmp(forgery.name, at.attack) != 0) continue;
    Answer answer(at);
    answer.put({});
    if (!at.held_back) forgery.make(answer.head());
    begin(at);
    answer.publish();
    return true;
  }
  return false;
}

bool forge_start(const scene &at) {
  for (const auto &forgery : kStarts) {
    if (std::strcmp(forgery.name, at.attack) != 0) continue;
    if (begin(at)) forgery.make(results());
    return true;
  }
  return false;
}

}  // namespace hostile
