#include <random>

extern "C" {
#include "../redact/marks.h"
}
#include "guarded.hpp"
#include "plugin.hpp"
#include "tests.hpp"

using namespace test;

namespace {

class Redact {
 public:
  explicit Redact(std::string_view config = R"({"kinds":["ipv4","ipv6","email","token","secret","card"],)"
                                            R"("replacement":"<{kind}>"})")
      : plugin_("redact") {
    plugin_.configured(config);
    calls_ = plugin_.extension<plug_transform>(PLUG_TRANSFORM);
    require(calls_ && calls_->transform && calls_->transform_batch, "not all shapes are offered");
    Error error;
    state_ = calls_->state_new(plugin_.get(), &error);
    require(state_, error.text());
  }
  Redact(const Redact &) = delete;
  Redact &operator=(const Redact &) = delete;
  ~Redact() { calls_->state_free(plugin_.get(), state_); }

  // Runs the lines one by one.
  std::string by_line(const uint8_t *data, const std::vector<plug_span> &lines) const {
    std::string output;
    for (const plug_span line : lines) {
      Sink sink;
      Error error;
      const int32_t status = calls_->transform(plugin_.get(), state_, data + line.offset, line.length, &sink, &error);
      require(status == PLUG_OK || status == PLUG_UNCHANGED, "transform failed: " + error.text());
      const std::string made = sink.take();
      if (status == PLUG_OK) {
        output += made;
        continue;
      }
      require(made.empty(), "it wrote something and said that the line is unchanged");
      output.append(reinterpret_cast<const char *>(data + line.offset), line.length) += '\n';
    }
    return output;
  }

  std::string by_batch(const uint8_t *data, size_t size, const std::vector<plug_span> &lines) const {
    if (lines.empty()) return "";
    std::vector<uint32_t> lengths(lines.size(), PLUG_TRANSFORM_SAME);
    const plug_lines batch = batch_of({data, size}, lines.data(), lines.size());
    Context ctx;
    Sink sink;
    Error error;
    require(calls_->transform_batch(plugin_.get(), state_, &ctx, &batch, lengths.data(), &sink, &error) == PLUG_OK,
            error.text());
    const std::string made = sink.take();
    std::string output;
    size_t at = 0;
    for (size_t i = 0; i < lines.size(); i++) {
      if (lengths[i] == PLUG_TRANSFORM_SAME) {
        output.append(reinterpret_cast<const char *>(data + lines[i].offset), lines[i].length) += '\n';
        continue;
      }
      require(lengths[i] > 0 && lengths[i] <= made.size() - at, "a length is none that fits");
      output.append(made, at, lengths[i]);
      at += lengths[i];
    }
    require(at == made.size(), "more was written than the lengths say");
    return output;
  }

  std::string operator()(std::string_view text) const {
    const auto *data = reinterpret_cast<const uint8_t *>(text.data());
    const std::vector<plug_span> lines = split(text);
    const std::string output = by_batch(data, text.size(), lines);
    require(by_line(data, lines) == output, "the shapes differ on " + quoted(text));
    return output;
  }

  int32_t batch_to(Sink *sink, Context *ctx, Error *error) const {
    const std::string_view text = "from 10.0.0.1";
    const std::vector<plug_span> lines = split(text);
    uint32_t length = PLUG_TRANSFORM_SAME;
    const plug_lines batch = batch_of(bytes_of(text), lines.data(), 1);
    return calls_->transform_batch(plugin_.get(), state_, ctx, &batch, &length, sink, error);
  }

 private:
  Plugin plugin_;
  const plug_transform *calls_;
  void *state_;
};

constexpr const char *kFragments[] = {
    "10.0.0.1",
    "192.168.255.255",
    ".",
    "1",
    "12",
    "255",
    "256",
    "::",
    "2001:db8::1",
    ":",
    "fe80",
    "a@b.co",
    "@",
    "x.y",
    "user",
    "Bearer ",
    "abcdef123",
    "AKIA",
    "IOSFODNN7EXAMPLE",
    "ghp_",
    "0123456789abcdefghij",
    "password",
    "api_key",
    "token",
    "=",
    "\"",
    "\\",
    "'",
    " ",
    "-",
    "4111111111111111",
    "4111 1111 1111 1111",
    "5500-0000-0000-0004",
    "\n",
    "\r",
    "\xc3\xa9",
    "\xff",
    "github_pat_",
};

std::string random_text(std::mt19937 &random, size_t pieces) {
  std::string text;
  for (size_t i = 0; i < pieces; i++) {
    text += kFragments[random() % std::size(kFragments)];
    if (random() % 4 == 0) text += static_cast<char>(random());
  }
  return text;
}

}  // namespace

TEST("redact replaces what its description names, and leaves alone what only looks like it") {
  const Redact redact;
  const std::pair<const char *, const char *> cases[] = {
      {"", ""},
      {"10.0.0.1", "<ipv4>"},
      {"from 10.0.0.1:8080 to [192.168.1.254].", "from <ipv4>:8080 to [<ipv4>]."},
      {"version 1.2.3.4.5, v1.2.3.4, 1.2.3.256, 1.2.3", "version 1.2.3.4.5, v1.2.3.4, 1.2.3.256, 1.2.3"},
      {"2001:db8::1, fe80::1%eth0 and [::1]:443", "<ipv6>, <ipv6>%eth0 and [<ipv6>]:443"},
      {"peer 2001:db8:0:0:0:0:0:1: refused, ::ffff:10.0.0.1", "peer <ipv6>: refused, <ipv6>"},
      {"12:34:56 00:1a:2b:3c:4d:5e std::string :: 1:2:3", "12:34:56 00:1a:2b:3c:4d:5e std::string :: 1:2:3"},
      {"a.b+c@mail.example.com, root@localhost", "<email>, root@localhost"},
      {"Authorization: Bearer abc.def-123==", "Authorization: Bearer <token>"},
      {"the bearer authentication failed", "the bearer authentication failed"},
      {"key AKIAIOSFODNN7EXAMPLE, not AKIAIOSFODNN7EXAMPLEX", "key <token>, not AKIAIOSFODNN7EXAMPLEX"},
      {"ghp_0123456789abcdef0123 ghp_short", "<token> ghp_short"},
      {"github_pat_11ABCDEFG0123456789_abc", "<token>"},
      {"/login?user=me&password=hunter2&next=/", "/login?user=me&password=<secret>&next=/"},
      {R"({"api_key": "a\"b", "token":"", "n":1})", R"({"api_key": "<secret>", "token":"", "n":1})"},
      {R"("{\"db_password\":\"x y\"}")", R"("{\"db_password\":\"<secret>\"}")"},
      {"Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic <secret>"},
      {"client-secret = 'a b' tokens=5 Token::new", "client-secret = '<secret>' tokens=5 Token::new"},
      {"paid with 4111 1111 1111 1111 today", "paid with <card> today"},
      {"5500-0000-0000-0004 378282246310005", "<card> <card>"},
      {"4111 1111 1111 1112, blk_-4111111111111111, 1700000000000",
       "4111 1111 1111 1112, blk_-4111111111111111, 1700000000000"},
      {"10.0.0.1@example.com", "<email>"},
      {"x@10.0.0.1 y", "x@<ipv4> y"},
      {"\x1b[32m10.0.0.1\x1b[0m 10.0.\x1b[31m0.1 x", "\x1b[32m<ipv4>\x1b[0m <ipv4>\x1b[31m x"},
      {R"({"m":"\tbob@example.com","n":"\u00e910.0.0.1"})", R"({"m":"\t<email>","n":"\u00e9<ipv4>"})"},
      {"a=bob%40example.com&b=%3D10.0.0.1", "a=<email>&b=%3D<ipv4>"},
      {R"({"password":["a1","b1"],"token":{"a":"c","b":5},"n":1})",
       R"({"password":["<secret>","<secret>"],"token":{"a":"<secret>","b":"<secret>"},"n":1})"},
      {"PASSWORD=hun,ter2 a=1,password=x,b=2", "PASSWORD=<secret> a=1,password=<secret>,b=2"},
      {R"(password= user=bob {"m":"password=","user":"bob"})", R"(password= user=bob {"m":"password=","user":"bob"})"},
      {"Authorization: Digest username=\"u\", response=\"6f\" end", "Authorization: Digest <secret> end"},
      {"ip:2001:db8::1,src:2001:db8::2.443 1:2:3:4:5:6:7:8:443", "ip:<ipv6>,src:<ipv6>.443 <ipv6>"},
      {"10.0.0.1.443 > 10.0.0.2.52344: Firefox/2.0.0.4 rv:1.9.0.19",
       "<ipv4>.443 > <ipv4>.52344: Firefox/2.0.0.4 rv:1.9.0.19"},
      {"o'brien@example.com j\xc3\xbcrgen@m\xc3\xbcnchen.de bob@example.xn--p1ai", "<email> <email> <email>"},
      {"curl -u bob:hunter2 --password hunter2 https://bob:p@ss@host/",
       "curl -u bob:<secret> --password <secret> https://bob:<secret>@host/"},
      {R"({"card":4111111111111111,"l":[4111111111111111]})", R"({"card":"<card>","l":["<card>"]})"},
  };
  for (const auto &[line, wanted] : cases) {
    const std::string got = redact(line), expected = *line ? std::string(wanted) + "\n" : "";
    require(got == expected, quoted(line) + " becomes " + quoted(got) + ", not " + quoted(expected));
  }
}

TEST("redact replaces only the kinds that are asked for") {
  const std::string line = "10.0.0.1 ::1 a@b.co AKIAIOSFODNN7EXAMPLE pwd=x 4111111111111111\n";
  const std::pair<const char *, const char *> cases[] = {
      {R"({"kinds":[],"replacement":"*"})", "10.0.0.1 ::1 a@b.co AKIAIOSFODNN7EXAMPLE pwd=x 4111111111111111\n"},
      {R"({"kinds":["ipv4"],"replacement":"*"})", "* ::1 a@b.co AKIAIOSFODNN7EXAMPLE pwd=x 4111111111111111\n"},
      {R"({"kinds":["ipv6"],"replacement":"*"})", "10.0.0.1 * a@b.co AKIAIOSFODNN7EXAMPLE pwd=x 4111111111111111\n"},
      {R"({"kinds":["email"],"replacement":"*"})", "10.0.0.1 ::1 * AKIAIOSFODNN7EXAMPLE pwd=x 4111111111111111\n"},
      {R"({"kinds":["token"],"replacement":"*"})", "10.0.0.1 ::1 a@b.co * pwd=x 4111111111111111\n"},
      {R"({"kinds":["secret"],"replacement":"*"})",
       "10.0.0.1 ::1 a@b.co AKIAIOSFODNN7EXAMPLE pwd=* 4111111111111111\n"},
      {R"({"kinds":["card","card"],"replacement":""})", "10.0.0.1 ::1 a@b.co AKIAIOSFODNN7EXAMPLE pwd=x \n"},
      {R"({"kinds":["ipv4","card"],"replacement":"{kind}-{kind}{"})",
       "ipv4-ipv4{ ::1 a@b.co AKIAIOSFODNN7EXAMPLE pwd=x card-card{\n"},
  };
  for (const auto &[config, wanted] : cases) {
    const std::string got = Redact(config)(line);
    require(got == wanted, std::string(config) + " gives " + quoted(got));
  }
}

TEST("redact does the same by line and by batch, and reads and writes nothing beyond") {
  Guarded memory(1 << 16);
  const Redact redact;
  for (uint32_t seed = 0; seed < 4000; seed++) {
    std::mt19937 random(seed);
    const std::string text = random_text(random, seed % 100 == 0 ? 3000 : random() % 60);
    const std::vector<plug_span> all = split(text);
    // A batch may leave out lines.
    std::vector<plug_span> some;
    for (const plug_span line : all)
      if (random() % 3) some.push_back(line);
    for (const auto at : {Guarded::At::end, Guarded::At::start}) {
      const uint8_t *data = memory.hold(text, at);
      for (const auto &lines : {all, some})
        require(redact.by_batch(data, text.size(), lines) == redact.by_line(data, lines),
                "the shapes differ with seed " + std::to_string(seed));
    }
  }
}

TEST("redact marks the same bytes by every vector width, in steps taken together or apart") {
  std::vector<std::pair<std::string, mark_function *>> ways{{"portable", mark_portable}};
#if defined(__x86_64__)
  ways.emplace_back("SSE2", mark_sse2);
  if (__builtin_cpu_supports("avx2")) ways.emplace_back("AVX2", mark_avx2);
#endif
  constexpr size_t kSteps = 8;
  for (uint32_t seed = 0; seed < 3000; seed++) {
    std::mt19937 random(seed);
    std::string text = random_text(random, 200);
    text.resize(BEFORE + kSteps * STEP);
    const auto *data = reinterpret_cast<const uint8_t *>(text.data()) + BEFORE;
    std::vector<marks> expected(kSteps);
    carry carried{};
    mark_portable(data, kSteps, &carried, expected.data());
    for (const auto &[name, mark] : ways) {
      std::vector<marks> got(kSteps);
      carried = {};
      for (size_t step = 0; step < kSteps;) {
        const size_t steps = std::min(1 + random() % kSteps, kSteps - step);
        mark(data + step * STEP, steps, &carried, &got[step]);
        step += steps;
      }
      for (size_t step = 0; step < kSteps; step++) {
        const marks &a = got[step], &b = expected[step];
        require(a.ipv4 == b.ipv4 && a.ipv6 == b.ipv6 && a.name == b.name && a.sign == b.sign && a.card == b.card,
                name + " differs with seed " + std::to_string(seed) + " in step " + std::to_string(step));
      }
    }
  }
}

TEST("redact refuses options that it cannot use, and says why") {
  const std::pair<const char *, const char *> refused[] = {
      {R"({"kinds":"ipv4","replacement":""})", "the option \"kinds\" is not a list of names"},
      {R"({"kinds":["ipv4",5],"replacement":""})", "the option \"kinds\" is not a list of names"},
      {R"({"kinds":["ipv5"],"replacement":""})", "the option \"kinds\" names a kind that is not known"},
      {R"({"kinds":["ip"],"replacement":""})", "the option \"kinds\" names a kind that is not known"},
      {R"({"kinds":[]})", "the option \"replacement\" is not a string"},
      {R"({"kinds":[],"replacement":1})", "the option \"replacement\" is not a string"},
      {R"({"kinds":[],"replacement":"a\nb"})", "the option \"replacement\" has a newline in it"},
  };
  for (const auto &[config, message] : refused) {
    Plugin plugin("redact");
    Error error;
    require(plugin.init(config, &error) == PLUG_ERROR_CONFIG, std::string(config) + " was taken");
    require(error.text() == message, std::string(config) + ": " + error.text());
  }
}

TEST("redact stops when the context says so, or when the sink takes no line") {
  const Redact redact;
  Context ctx;
  Sink full(0), empty;
  Error error;
  require(redact.batch_to(&full, &ctx, &error) == PLUG_ERROR_AGAIN, "it did not fail");
  require(error.text() == "there is no room for a line", error.text());
  ctx.word = PLUG_CANCEL_ASKED;
  require(redact.batch_to(&empty, &ctx, &error) == PLUG_ERROR_CANCELLED, "it went on");
}

TEST("redact says what it does") {
  Plugin plugin("redact");
  plugin.configured(R"({"kinds":["card","ipv4"],"replacement":""})");
  require(plugin.name() == "Redact", plugin.name());
  require(plugin.run() == "Replaces ipv4 card", plugin.run());
  require(!plugin.extension<void>("plug.transform/2") && !plugin.extension<void>(PLUG_FILTER), "it offers too much");
}
