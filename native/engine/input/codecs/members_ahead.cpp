#include "engine/input/codecs/members_ahead.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace plughost {
namespace {

// How many pieces the run that is read may have when there are too many.
constexpr size_t kOwnTexts = 4;

}  // namespace

MembersAhead::MembersAhead(const ByteStream &origin, const Format &format, std::shared_ptr<const StopSignal> stop,
                           AheadOptions options)
    : origin_(origin), format_(format), stop_(std::move(stop)), options_(options), finder_(origin, format) {
  try {
    for (unsigned i = 0; i < options_.threads; i++) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error &) {
    if (threads_.empty()) throw;
  }
}

MembersAhead::~MembersAhead() {
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  work_.notify_all();
  for (std::thread &thread : threads_) thread.join();
}

void MembersAhead::seek(uint64_t offset) {
  {
    std::lock_guard lock(mutex_);
    while (!runs_.empty() && runs_.front()->start < offset) drop_front();
    if (runs_.empty() || runs_.front()->start != offset) {
      while (!runs_.empty()) drop_front();
      runs_.push_back(std::make_shared<MemberRun>(offset));
      find_at_ = offset + options_.run_size;
    }
    run_ = runs_.front();
    consumed_ = offset;
  }
  work_.notify_all();
}

bool MembersAhead::read(uint8_t *to, size_t size, size_t *got) {
  if (given_ == text_.size && !next_text()) return false;
  *got = std::min(size, text_.size - given_);
  std::memcpy(to, text_.buffer.data() + ByteStream::kRoom + given_, *got);
  given_ += *got;
  return true;
}

bool MembersAhead::exchange(PageBuffer *buffer, size_t *begin, size_t *got) {
  if (given_ == text_.size && !next_text()) return false;
  std::swap(*buffer, text_.buffer);
  *begin = ByteStream::kRoom + given_;
  *got = text_.size - given_;
  given_ = text_.size;
  return true;
}

// Goes on to the next text of the run, and waits for it. Returns false at the end of the run.
bool MembersAhead::next_text() {
  std::unique_lock lock(mutex_);
  if (text_.size > 0) recycle(std::move(text_));
  text_.size = given_ = 0;
  ready_.wait(lock, [this] { return !run_->texts.empty() || run_->end != MemberRun::End::none; });
  if (run_->texts.empty()) {
    consumed_ = run_->at;
    return false;
  }
  text_ = std::move(run_->texts.front());
  run_->texts.pop_front();
  consumed_ = text_.consumed;
  return true;
}

void MembersAhead::work() {
  std::optional<DecodedStream> decoder;  // for all runs of this thread
  std::unique_lock lock(mutex_);
  while (const auto run = next_run(lock)) {
    try {
      decode(*run, decoder, lock);
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      run->thrown = std::current_exception();
      run->end = MemberRun::End::thrown;
    }
    ready_.notify_one();
    work_.notify_all();
  }
}

// Waits for a run to decode, or guesses one. Returns null at the end of this object.
std::shared_ptr<MemberRun> MembersAhead::next_run(std::unique_lock<std::mutex> &lock) {
  const auto waiting = [this] { return !runs_.empty() && !runs_.front()->taken; };
  for (;;) {
    work_.wait(lock, [&] {
      return abandoned_ || waiting() || (!finding_ && find_at_ != MemberFinder::kNoMore && texts_ < options_.max_texts);
    });
    if (abandoned_) return nullptr;
    if (waiting()) {
      runs_.front()->taken = true;
      return runs_.front();
    }
    const uint64_t from = find_at_;
    uint64_t at = from;
    std::optional<uint64_t> start;
    finding_ = true;
    lock.unlock();
    try {
      start = finder_.find(&at);
    } catch (const std::bad_alloc &) {
      at = MemberFinder::kNoMore;
    }
    lock.lock();
    finding_ = false;
    // The reader may have gone elsewhere meanwhile.
    if (find_at_ != from) continue;
    find_at_ = start ? *start + options_.run_size : at;
    work_.notify_all();
    if (!start) continue;
    runs_.push_back(std::make_shared<MemberRun>(*start));
    runs_.back()->taken = true;
    return runs_.back();
  }
}

// Decodes the run. The lock is held at the beginning and at the end.
void MembersAhead::decode(MemberRun &run, std::optional<DecodedStream> &decoder, std::unique_lock<std::mutex> &lock) {
  lock.unlock();
  if (decoder && decoder->between_members()) {
    decoder->go_on_with(origin_.from(run.start));
  } else {
    decoder.emplace(origin_.from(run.start), format_, stop_, kMaxMemberMiB);
  }
  DecodedStream &stream = *decoder;
  stream.pause_after(options_.run_size);
  auto end = MemberRun::End::none;
  std::optional<Failure> failure;
  while (end == MemberRun::End::none) {
    lock.lock();
    if (!wait_for_room(run, lock)) return;
    texts_++;
    MemberRun::Text text;
    if (!spare_.empty()) {
      text.buffer = std::move(spare_.back());
      spare_.pop_back();
    }
    lock.unlock();
    try {
      text.buffer.grow(ByteStream::kRoom + options_.text_size);
      while (end == MemberRun::End::none && text.size < options_.text_size) {
        const auto got =
            stream.read(text.buffer.data() + ByteStream::kRoom + text.size, options_.text_size - text.size, true);
        text.size += got.size;
        if (got.state == ByteStream::State::stopped) end = MemberRun::End::stopped;
        if (got.state == ByteStream::State::end)
          end = stream.paused() ? MemberRun::End::member : MemberRun::End::stream;
      }
    } catch (StreamFailed &failed) {
      failure = std::move(failed.failure);
      end = MemberRun::End::failed;
    }
    text.consumed = stream.consumed(0);
    lock.lock();
    if (text.size == 0 || run.dropped) {
      recycle(std::move(text));
    } else {
      run.texts.push_back(std::move(text));
    }
    if (end == MemberRun::End::none) {
      ready_.notify_one();
      lock.unlock();
    }
  }
  run.at = stream.consumed(0);
  run.failure = std::move(failure);
  run.end = end;
}

// Waits until the run may have one more text. Returns false when nobody will read it.
bool MembersAhead::wait_for_room(const MemberRun &run, std::unique_lock<std::mutex> &lock) {
  work_.wait(lock, [&] {
    return abandoned_ || run.dropped || texts_ < options_.max_texts ||
           (&run == runs_.front().get() && run.texts.size() < kOwnTexts);
  });
  return !abandoned_ && !run.dropped;
}

void MembersAhead::drop_front() {
  MemberRun &run = *runs_.front();
  run.dropped = true;
  for (MemberRun::Text &text : run.texts) recycle(std::move(text));
  run.texts.clear();
  runs_.pop_front();
}

void MembersAhead::recycle(MemberRun::Text text) {
  if (texts_-- >= options_.max_texts) work_.notify_all();
  spare_.push_back(std::move(text.buffer));
}

}  // namespace plughost
