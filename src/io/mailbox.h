// Mailbox<T>: the only way one thread speaks to another: by value, bounded, in order.
//
// put() may be called from any thread; take() from the one that owns it. `wake` is called (from the
// putting thread) when the box was empty, so that a burst costs one wake-up.
// Lives on: the thread that owns it, but for put().
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace firstring::io {

template <typename T>
class Mailbox {
 public:
  Mailbox(std::size_t letters_max, std::function<void()> wake)
      : letters_max_(letters_max), wake_(std::move(wake)) {}

  // False if the box is full: the letter is dropped, and the caller says what that means.
  [[nodiscard]] bool put(T letter) { return put_or_keep(letter); }

  // As put(), but a letter that finds the box full stays as it is, for another try.
  [[nodiscard]] bool put_or_keep(T& letter) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (letters_.size() >= letters_max_) return false;
      was_empty = letters_.empty();
      letters_.push_back(std::move(letter));
    }
    if (was_empty) wake_();
    return true;
  }

  // As put(), without waking anybody: for letters that may wait until the owner looks by itself. A
  // put() behind them does not wake either: use one or the other of the two for a box.
  [[nodiscard]] bool put_quietly(T letter) {
    const std::lock_guard lock(mutex_);
    if (letters_.size() >= letters_max_) return false;
    letters_.push_back(std::move(letter));
    return true;
  }

  // All letters so far, in order, into `out`, which is emptied first (its capacity is kept).
  void take(std::vector<T>& out) {
    out.clear();
    const std::lock_guard lock(mutex_);
    std::swap(out, letters_);
  }

 private:
  const std::size_t letters_max_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<T> letters_;
};

}  // namespace firstring::io
