// A plug_sink that writes to memory, and its buffer.
#pragma once

#include <plughost/base.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace plughost {

// A growing buffer of bytes that keeps its memory when it is cleared. Unlike std::vector it does not zero new memory.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer &&other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer &operator=(ByteBuffer &&other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }

  std::span<const uint8_t> bytes() const { return {data_.get(), size_}; }
  size_t size() const { return size_; }
  void clear() { size_ = 0; }
  void truncate(size_t size) { size_ = size; }
  // Removes all bytes, and frees the memory if it is more than `keep` bytes.
  void shrink(size_t keep) {
    size_ = 0;
    if (capacity_ <= keep) return;
    data_.reset();
    capacity_ = 0;
  }

  // Returns memory for `length` more bytes after the last one, or null if there is none. commit() adds them.
  uint8_t *reserve(size_t length) {
    if (length > capacity_ - size_ && !grow(length)) return nullptr;
    return data_.get() + size_;
  }
  // Adds `length` bytes that the caller wrote to the memory of reserve().
  void commit(size_t length) { size_ += length; }

  // Appends bytes. Returns false if there is no memory.
  bool append(const void *bytes, size_t length) {
    if (length == 0) return true;
    uint8_t *room = reserve(length);
    if (!room) return false;
    std::memcpy(room, bytes, length);
    size_ += length;
    return true;
  }
  // Appends text. Throws std::bad_alloc.
  void put(std::string_view text) {
    if (!append(text.data(), text.size())) throw std::bad_alloc();
  }
  // Appends a decimal number. Throws std::bad_alloc.
  void put_number(uint64_t number) {
    char digits[20];
    put({digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)});
  }
  // Returns the bytes that can be appended without new memory.
  size_t room() const { return capacity_ - size_; }

 private:
  struct Free {
    void operator()(uint8_t *data) const { std::free(data); }
  };

  bool grow(size_t length) {
    if (length > SIZE_MAX / 2 - size_) return false;
    size_t capacity = capacity_ ? capacity_ * 2 : 4096;
    if (capacity < size_ + length) capacity = size_ + length;
    auto *data = static_cast<uint8_t *>(std::realloc(data_.get(), capacity));
    if (!data) return false;
    static_cast<void>(data_.release());
    data_.reset(data);
    capacity_ = capacity;
    return true;
  }

  std::unique_ptr<uint8_t, Free> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// A sink into a ByteBuffer. It takes at most `limit` bytes and then returns PLUG_ERROR_NOMEM, so a plugin cannot use up
// the machine's memory.
class MemorySink {
 public:
  static constexpr uint64_t kLimit = uint64_t{1} << 30;

  explicit MemorySink(uint64_t limit = kLimit)
      : sink_{sizeof(plug_sink), 0, this, write, reserve, commit}, limit_(limit) {}
  MemorySink(const MemorySink &) = delete;
  MemorySink &operator=(const MemorySink &) = delete;

  plug_sink *address() { return &sink_; }
  ByteBuffer &buffer() { return buffer_; }
  const ByteBuffer &buffer() const { return buffer_; }
  // Returns whether the sink refused bytes. Then the output is incomplete, even if the plugin ignored the error.
  bool refused() const { return refused_; }
  uint64_t limit() const { return limit_; }
  // Empties the sink and forgets that it refused bytes. Keeps the memory.
  void restart(uint64_t limit = kLimit) {
    buffer_.clear();
    reserved_ = 0;
    refused_ = false;
    limit_ = limit;
  }

 private:
  static MemorySink *of(plug_sink *sink) { return sink ? static_cast<MemorySink *>(sink->self) : nullptr; }

  bool fits(uint64_t length) const { return length <= limit_ && buffer_.size() <= limit_ - length; }

  static int32_t write(plug_sink *sink, const void *data, uint64_t length) {
    auto *self = of(sink);
    if (!self || (!data && length > 0)) return PLUG_ERROR_INVALID;
    self->reserved_ = 0;
    if (self->fits(length) && self->buffer_.append(data, static_cast<size_t>(length))) return PLUG_OK;
    self->refused_ = true;
    return PLUG_ERROR_NOMEM;
  }

  static uint8_t *reserve(plug_sink *sink, uint64_t length) {
    auto *self = of(sink);
    if (!self) return nullptr;
    uint8_t *room = self->fits(length) ? self->buffer_.reserve(static_cast<size_t>(length)) : nullptr;
    self->reserved_ = room ? length : 0;
    self->refused_ = self->refused_ || !room;
    return room;
  }

  static int32_t commit(plug_sink *sink, uint64_t length) {
    auto *self = of(sink);
    if (!self || length > self->reserved_) return PLUG_ERROR_INVALID;
    self->buffer_.commit(static_cast<size_t>(length));
    self->reserved_ = 0;
    return PLUG_OK;
  }

  plug_sink sink_;
  ByteBuffer buffer_;
  uint64_t reserved_ = 0;
  uint64_t limit_;
  bool refused_ = false;
};

}  // namespace plughost
