// KeyedHash: SipHash-1-3 with a secret key: table keys that a stranger cannot make collide, and
// tags, branches and Call-IDs that he cannot guess however many he has seen.
// Lives on: any thread; its owner's.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.h"

namespace firstring::sip {

class KeyedHash {
 public:
  explicit KeyedHash(Random& random) : key0_(random.next()), key1_(random.next()) {}

  // Never 0. `before`: the hash of what comes before this piece.
  std::uint64_t of(std::string_view piece, std::uint64_t before = 0) const;
  // The next of a row of unguessable numbers without repetition to speak of; never 0.
  std::uint64_t next_token();

 private:
  std::uint64_t key0_, key1_;
  std::uint64_t tokens_ = 0;
};

}  // namespace firstring::sip
