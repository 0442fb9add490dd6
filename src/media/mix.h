// Mix: several streams that hear each other; who hears whom is declared whole, and again at will.
//
// Every 20 ms each stream that somebody hears is read once, through its own jitter buffer and
// decoder; each receiver is sent the sum of those whom he hears. Who declares the same for someone
// as before changes nothing for him: he notices neither joins nor leaves of others but by ear.
// A sum that is too loud is turned down, and slowly up again, in place of being cut off.
//
//   stream -> put() -> playout -> 8 kHz and 16 kHz, as wanted -> sums -> gain -> encoder -> stream
//
// A mix goes before a bridge: a receiver who is bridged stays on the bridge until the mix has the
// sound of the other end, and falls back to it when he leaves. Keys and playbacks go before a mix.
// Lives on: the media loop. No allocation per packet; what a place needs is made when it is taken.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "media/codec.h"
#include "media/loop_shared.h"
#include "media/phases.h"
#include "media/playout.h"
#include "media/resampler.h"
#include "media/rtp.h"
#include "media/tone.h"

namespace firstring::media {

class Stream;

class Mix final : public Ticking {
 public:
  static constexpr std::size_t k_places = 40;

  struct Member {
    Stream* stream = nullptr;
    std::vector<Stream*> hears;
  };

  explicit Mix(LoopShared& shared);
  ~Mix() override;
  Mix(const Mix&) = delete;
  Mix& operator=(const Mix&) = delete;

  // Takes the place of what was declared before. Streams beyond k_places are left out.
  void declare(const std::vector<Member>& members);
  // Heard by all members, beside the others.
  void sound_tone(double hz, Duration length);
  bool empty() const;

  void tick() override;

  // From the stream at this place.
  void put(std::size_t place, const RtpHeader& header, Bytes payload);
  void codecs_changed(std::size_t place);
  void forget(std::size_t place);

 private:
  static constexpr std::size_t k_tone = k_places;   // its place among the sounds
  static constexpr std::size_t k_wide = 320, k_narrow = 160;

  // 20 ms at both rates.
  struct Sound {
    std::array<std::int16_t, k_wide> wide;
    std::array<std::int16_t, k_narrow> narrow;
  };
  struct Place {
    Stream* stream = nullptr;
    std::uint64_t hears = 0;             // places, a bit each
    bool receives = false;
    bool on = false;                     // is sent the mix, not what it is bridged to
    MonoTime since;                      // receives
    std::optional<Playout> playout;      // of what it says, at the rate of its codecs
    std::optional<Resampler> converter;  // to the other rate
    float gain = 1;
  };
  struct Sum {
    std::uint64_t of = 0;
    int rate = 0;
    int peak = 0;
    std::array<std::int32_t, k_wide> pcm;
  };
  // A piece of G.711, which many may be sent.
  struct Encoded {
    const Sum* sum = nullptr;
    Codec codec = Codec::pcmu;
    float gain_from = 1, gain_to = 1;
    std::array<std::uint8_t, k_narrow> bytes;
  };
  struct Ring {
    Tone wide, narrow;
    int frames = 0;
  };

  std::size_t place_for(Stream& stream);
  bool make_playout(Place& place);
  void read_all();
  bool read(std::size_t index);
  void convert(std::size_t index, int from_rate);
  void read_tone();
  void feed(std::size_t index);
  bool may_begin(const Place& place) const;
  Sum& sum_of(std::uint64_t sounds, int rate);
  void add_up(Sum& sum) const;
  std::span<const std::int16_t> sound_of(std::size_t index, int rate) const;
  Bytes encoded(const Sum& sum, Codec codec, float gain_from, float gain_to);

  // Given.
  LoopShared& shared_;
  // Owned.
  std::array<std::unique_ptr<Place>, k_places> places_;
  std::unique_ptr<std::array<Sound, k_places + 1>> sounds_;
  std::vector<Sum> sums_;                // of this tick; capacity is fixed
  std::vector<Encoded> encoded_;         // of this tick; capacity is fixed
  Encoder mu_, a_;                       // have no memory: one serves all
  std::optional<Ring> ring_;
  // State.
  std::uint64_t heard_ = 0;              // places whom somebody hears
  std::uint64_t sounding_ = 0;           // of this tick
  bool wants_wide_ = false, wants_narrow_ = false;
};

}  // namespace firstring::media
