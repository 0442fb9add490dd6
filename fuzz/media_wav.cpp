// Any bytes as a prompt's file: refused, or sound that can be encoded.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "media/sound_file.h"

using namespace firstring;
using namespace firstring::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = memfd_create("prompt", 0);
  if (fd < 0) return 0;
  [[maybe_unused]] const auto n = write(fd, data, size);
  const auto sound = read_sound_file("/proc/self/fd/" + std::to_string(fd), 2);
  if (sound) {
    ASSERT(sound->samples.size() <= 2u * 192'000);
    for (const float sample : sound->samples) ASSERT(std::abs(sample) <= 1.0f);
    const auto prompt = encode_prompt(*sound, Codec::pcmu);
    ASSERT(!prompt || prompt->bytes.size() == prompt->frames * 160u);
  }
  close(fd);
  return 0;
}
