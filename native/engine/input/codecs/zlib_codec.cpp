#include "engine/input/codecs/codec.hpp"

#ifdef PLUGHOST_ZLIB
#ifdef PLUGHOST_ZLIB_NG
#include <zlib-ng.h>
#else
#include <zlib.h>
#endif

#include <algorithm>
#include <climits>
#include <new>
#endif

namespace plughost {

#ifdef PLUGHOST_ZLIB
namespace {

// Both libraries have the same calls, messages and places of errors; zlib-ng is twice as fast.
#ifdef PLUGHOST_ZLIB_NG
using Stream = zng_stream;
constexpr auto inflate_begin = [](Stream *stream, int bits) { return zng_inflateInit2(stream, bits); };
constexpr auto inflate_some = zng_inflate;
constexpr auto inflate_again = zng_inflateReset;
constexpr auto inflate_end = zng_inflateEnd;
#else
using Stream = z_stream;
constexpr auto inflate_begin = [](Stream *stream, int bits) { return inflateInit2(stream, bits); };
constexpr auto inflate_some = inflate;
constexpr auto inflate_again = inflateReset;
constexpr auto inflate_end = inflateEnd;
#endif

class GzipCodec : public Codec {
 public:
  GzipCodec() {
    constexpr int kGzipOnly = 16;
    if (inflate_begin(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~GzipCodec() override { inflate_end(&stream_); }

  Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) override {
    const auto in_size = static_cast<unsigned>(std::min<size_t>(in.size(), UINT_MAX));
    const auto out_size = static_cast<unsigned>(std::min<size_t>(out.size(), UINT_MAX));
    // The library does not write to its input, although the type would allow it.
    stream_.next_in = const_cast<uint8_t *>(in.data());
    stream_.avail_in = in_size;
    stream_.next_out = out.data();
    stream_.avail_out = out_size;
    const int status = inflate_some(&stream_, Z_NO_FLUSH);
    Step step{in_size - stream_.avail_in, out_size - stream_.avail_out};
    switch (status) {
      case Z_OK:
      case Z_BUF_ERROR:
        break;
      case Z_STREAM_END:
        step.whole = true;
        inflate_again(&stream_);
        break;
      case Z_MEM_ERROR:
        throw std::bad_alloc();
      default:
        step.damage = stream_.msg ? stream_.msg : "damaged data";
    }
    return step;
  }

 private:
  Stream stream_{};
};

}  // namespace

std::unique_ptr<Codec> make_gzip_codec(unsigned) { return std::make_unique<GzipCodec>(); }
#else
std::unique_ptr<Codec> make_gzip_codec(unsigned) { return nullptr; }
#endif

}  // namespace plughost
