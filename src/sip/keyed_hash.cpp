#include "sip/keyed_hash.h"

#include <bit>
#include <cstring>

namespace firstring::sip {
namespace {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t KeyedHash::of(std::string_view piece, std::uint64_t before) const {
  const std::uint64_t key0 = key0_ ^ before;
  SipState state{key0 ^ 0x736f6d6570736575ULL, key1_ ^ 0x646f72616e646f6dULL,
                 key0 ^ 0x6c7967656e657261ULL, key1_ ^ 0x7465646279746573ULL};
  const std::uint64_t length = piece.size();
  while (piece.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, piece.data(), 8);
    state.absorb(word);
    piece.remove_prefix(8);
  }
  std::uint64_t last = 0;
  std::memcpy(&last, piece.data(), piece.size());
  state.absorb(last | length << 56);
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.round();
  const std::uint64_t hash = state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
  return hash == 0 ? 1 : hash;
}

std::uint64_t KeyedHash::next_token() {
  tokens_ += 1;
  char bytes[8];
  std::memcpy(bytes, &tokens_, 8);
  return of({bytes, 8}, 0x746f6b656e73ULL);
}

}  // namespace firstring::sip
