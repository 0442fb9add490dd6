// PromptStore: recorded and spoken prompts and music, each converted once to every codec and kept.
//
// A WAV file of any common rate is resampled and encoded on first use by a thread of the blocking
// pool; text is spoken by flite (cmu_us_rms) into the cache folder under a hash of text and voice.
// What is ready is kept encoded in memory, mapped and shared by all calls: a packet of a playback
// is a header and a pointer.
// Lives on: control thread for request(); the media loop reads what is ready without a lock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "media/negotiation.h"

namespace firstring::media {

struct PromptSound;

struct PromptStoreOptions {
  std::string prompt_folder;     // WAV files of the business
  std::string cache_folder;      // spoken texts
  std::size_t prompts_max = 4000;
  std::size_t seconds_max = 600; // of one prompt
};

class PromptStore {
 public:
  static Result<std::unique_ptr<PromptStore>> create(PromptStoreOptions options);
  virtual ~PromptStore() = default;

  // The number of a prompt, at once. It is prepared in the background; a playback that reaches it
  // earlier waits in silence for it (at most 2 s, then skips it). Same source, same number.
  // Errors come out later through problem(): a missing file plays as silence of no length.
  virtual std::uint32_t file(std::string_view name) = 0;     // no path parts: [A-Za-z0-9_.-]+
  virtual std::uint32_t text(std::string_view sentence) = 0; // at most 2,000 characters
  virtual std::uint32_t music(std::string_view name) = 0;    // "" = the built-in music
  // Blocks until all that was requested is ready or failed. For start-up and tests.
  virtual void wait_until_ready() = 0;
  // "" or what is wrong with this prompt, for people.
  virtual std::string problem(std::uint32_t prompt) const = 0;

  // For the media loop, without a lock: what is ready in this codec, as long as the store lives.
  // nullptr: not yet; the first to ask has it made. What failed has no frames.
  virtual const PromptSound* sound(std::uint32_t prompt, Codec codec) = 0;
};

}  // namespace firstring::media
