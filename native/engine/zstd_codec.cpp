#include "codec.hpp"

#ifdef PLUGHOST_ZSTD
#include <zstd.h>
#include <zstd_errors.h>

#include <bit>
#include <new>
#endif

namespace plughost {

#ifdef PLUGHOST_ZSTD
namespace {

constexpr int kWindowLog = std::bit_width(kMostDecoderMiB << 20) - 1;

class ZstdCodec : public Codec {
 public:
  ZstdCodec() : context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLog);
  }

  Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const size_t status = ZSTD_decompressStream(context_.get(), &output, &input);
    Step step{input.pos, output.pos};
    if (!ZSTD_isError(status)) {
      step.whole = status == 0;
      return step;
    }
    switch (ZSTD_getErrorCode(status)) {
      case ZSTD_error_memory_allocation:
        throw std::bad_alloc();
      case ZSTD_error_frameParameter_windowTooLarge:
        step.too_large = true;
        break;
      default:
        step.damage = ZSTD_getErrorName(status);
    }
    return step;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx *context) const { ZSTD_freeDCtx(context); }
  };
  const std::unique_ptr<ZSTD_DCtx, Free> context_;
};

}  // namespace

std::unique_ptr<Codec> make_zstd_codec() { return std::make_unique<ZstdCodec>(); }
#else
std::unique_ptr<Codec> make_zstd_codec() { return nullptr; }
#endif

}  // namespace plughost
