// OfferAnswer: who owes an answer to which SDP offer, RFC 3264 §4 and RFC 6337.
//
// At most one offer is open in a dialog. While ours is open the peer's is glare (491); while the
// peer's is open we must not offer.
// Lives on: control loop; a value.
#pragma once

#include <cstdint>

namespace firstring::sip {

class OfferAnswer {
 public:
  enum class State : std::uint8_t {
    none,    // no SDP yet
    ours,    // we have offered and wait for the answer
    theirs,  // they have offered and wait for ours
    stable,
  };

  State state() const { return state_; }
  bool may_offer() const { return state_ == State::none || state_ == State::stable; }

  void we_offer() {
    before_ = settled();
    state_ = State::ours;
  }
  void they_offer() {
    before_ = settled();
    state_ = State::theirs;
  }
  void answered() { state_ = State::stable; }
  // The offer was refused, or the request that carried it failed: as before it.
  void refused() { state_ = before_; }

 private:
  State settled() const { return state_ == State::none ? State::none : State::stable; }

  State state_ = State::none;
  State before_ = State::none;
};

}  // namespace firstring::sip
