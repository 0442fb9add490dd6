// Text to speech by flite. The library is global state and not safe for threads: one at a time.
#include <flite/flite.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>

#include "media/sound_file.h"

extern "C" cst_voice* register_cmu_us_rms(const char* voice_folder);

namespace firstring::media {
namespace {

struct DeleteWave {
  void operator()(cst_wave* wave) const { delete_wave(wave); }
};

cst_voice* voice() {
  static cst_voice* const loaded = [] {
    flite_init();
    return register_cmu_us_rms(nullptr);
  }();
  return loaded;
}

}  // namespace

Result<void> speak_to_file(const std::string& text, const std::string& path) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  if (voice() == nullptr) return Error{Code::io, "The voice cannot be loaded."};
  const std::unique_ptr<cst_wave, DeleteWave> wave(flite_text_to_wave(text.c_str(), voice()));
  if (!wave || wave->num_samples <= 0) {
    return Error{Code::invalid, "\"" + text + "\" cannot be spoken."};
  }
  // Whole or not at all: another start must never meet half a prompt.
  const std::string unfinished = path + "." + std::to_string(getpid()) + ".part";
  if (cst_wave_save_riff(wave.get(), unfinished.c_str()) != CST_OK_FORMAT ||
      rename(unfinished.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(unfinished.c_str());
    return Error{Code::io, path + " cannot be written: " + std::strerror(error) + "."};
  }
  return {};
}

}  // namespace firstring::media
