#include "io/entropy.h"

#include <cerrno>

#include <sys/random.h>

#include "base/assert.h"

namespace firstring::io {

void fill_with_entropy(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t count = getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    ASSERT(count > 0);
    out = out.subspan(static_cast<std::size_t>(count));
  }
}

std::uint64_t entropy_seed() {
  std::uint64_t seed = 0;
  fill_with_entropy(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

}  // namespace firstring::io
