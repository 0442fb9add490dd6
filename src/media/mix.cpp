#include "media/mix.h"

#include <algorithm>
#include <bit>

#include "media/stream.h"

namespace firstring::media {
namespace {

constexpr int k_ceiling = 29'000;              // a little below full scale
constexpr float k_recovery = 1.06F;            // half a decibel in 20 ms
constexpr Duration k_bridge_max = 200ms;       // that the sound of the other end is waited for
constexpr double k_tone_level_dbm0 = -16;

std::uint64_t bit(std::size_t index) { return std::uint64_t{1} << index; }

bool is_g711(Codec codec) { return codec == Codec::pcmu || codec == Codec::pcma; }

int rate_for(Codec codec) { return is_g711(codec) ? 8000 : 16'000; }

// Down at once (over 2 ms, so that it does not click), up over the whole frame.
void turn(std::span<const std::int32_t> sum, float from, float to, std::span<std::int16_t> out) {
  const std::size_t ramp = to < from ? out.size() / 10 : out.size();
  const float step = (to - from) / static_cast<float>(ramp);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float gain = i < ramp ? from + step * static_cast<float>(i) : to;
    const float sample = static_cast<float>(sum[i]) * gain;
    out[i] = static_cast<std::int16_t>(std::clamp(sample, -32'768.0F, 32'767.0F));
  }
}

}  // namespace

Mix::Mix(LoopShared& shared)
    : shared_(shared),
      sounds_(std::make_unique<std::array<Sound, k_places + 1>>()),
      mu_(Encoder::create(Codec::pcmu).value()),
      a_(Encoder::create(Codec::pcma).value()) {
  sums_.reserve(k_places);
  encoded_.reserve(k_places);
}

Mix::~Mix() {
  for (const auto& place : places_) {
    if (place) place->stream->leave_mix();
  }
  shared_.phases.remove(*this);
}

bool Mix::empty() const {
  return std::ranges::none_of(places_, [](const auto& place) { return place != nullptr; });
}

// ---- who is in it ----

void Mix::declare(const std::vector<Member>& members) {
  std::uint64_t named = 0, heard = 0;
  std::array<std::uint64_t, k_places> hears{};
  std::array<bool, k_places> receives{};
  for (const Member& member : members) {
    const std::size_t index = place_for(*member.stream);
    if (index == k_places) continue;
    receives[index] = true;
    named |= bit(index);
    for (Stream* other : member.hears) {
      const std::size_t at = place_for(*other);
      if (at == k_places || at == index) continue;
      hears[index] |= bit(at);
      heard |= bit(at);
    }
  }
  named |= heard;
  heard_ = heard;
  for (std::size_t i = 0; i < k_places; ++i) {
    if (!places_[i]) continue;
    if ((named & bit(i)) == 0) {
      forget(i);
      continue;
    }
    Place& place = *places_[i];
    place.hears = hears[i];
    if (receives[i] && !place.receives) place.since = shared_.now();
    if (!receives[i] && std::exchange(place.on, false)) place.stream->take_mix(false);
    place.receives = receives[i];
    // Who is heard no more starts afresh when he is heard again.
    if ((heard & bit(i)) == 0) place.playout.reset();
    if ((heard & bit(i)) != 0 && !place.playout) make_playout(place);
  }
  if (!ticking() && !empty()) shared_.phases.add(*this, shared_.now());
  if (ticking() && empty()) shared_.phases.remove(*this);
}

// Its place, or the first free one for it; k_places: none is left.
std::size_t Mix::place_for(Stream& stream) {
  std::size_t free = k_places;
  for (std::size_t i = 0; i < k_places; ++i) {
    if (places_[i] && places_[i]->stream == &stream) return i;
    if (!places_[i] && free == k_places) free = i;
  }
  if (free == k_places) return free;
  places_[free] = std::make_unique<Place>();
  places_[free]->stream = &stream;
  stream.enter_mix(*this, free);
  return free;
}

void Mix::forget(std::size_t index) {
  ASSERT(places_[index]);
  Stream* stream = places_[index]->stream;
  places_[index].reset();
  heard_ &= ~bit(index);
  for (const auto& place : places_) {
    if (place) place->hears &= ~bit(index);
  }
  stream->leave_mix();
}

bool Mix::make_playout(Place& place) {
  if (place.stream->codecs().empty()) return false;
  auto made = Playout::create(place.stream->codecs(), place.stream->sample_rate());
  if (!made) return false;
  place.playout.emplace(std::move(made).value());
  place.converter.reset();
  return true;
}

void Mix::codecs_changed(std::size_t index) {
  Place& place = *places_[index];
  place.playout.reset();
  if ((heard_ & bit(index)) != 0) make_playout(place);
}

void Mix::put(std::size_t index, const RtpHeader& header, Bytes payload) {
  Place& place = *places_[index];
  if ((heard_ & bit(index)) == 0) return;
  if (!place.playout && !make_playout(place)) return;
  place.playout->put(header.ssrc, header.sequence, header.timestamp, header.payload_type, payload,
                     shared_.now());
}

void Mix::sound_tone(double hz, Duration length) {
  ring_.emplace(Ring{.wide = Tone(hz, 16'000, k_tone_level_dbm0),
                     .narrow = Tone(hz, 8000, k_tone_level_dbm0),
                     .frames = static_cast<int>(length / Duration(20ms))});
}

// ---- 20 ms ----

void Mix::tick() {
  read_all();
  sums_.clear();
  encoded_.clear();
  for (std::size_t i = 0; i < k_places; ++i) {
    if (!places_[i] || !places_[i]->receives) continue;
    shared_.guard(places_[i]->stream->id(), [this, i] { feed(i); });
  }
}

void Mix::read_all() {
  wants_wide_ = wants_narrow_ = false;
  for (const auto& place : places_) {
    if (!place || !place->receives) continue;
    (is_g711(place->stream->send_codec()) ? wants_narrow_ : wants_wide_) = true;
  }
  sounding_ = 0;
  for (std::size_t i = 0; i < k_places; ++i) {
    if (places_[i] && places_[i]->playout && read(i)) sounding_ |= bit(i);
  }
  read_tone();
}

bool Mix::read(std::size_t index) {
  Playout& playout = *places_[index]->playout;
  Sound& sound = (*sounds_)[index];
  const bool narrow = playout.sample_rate() == 8000;
  const std::span<std::int16_t> own = narrow ? std::span<std::int16_t>(sound.narrow)
                                             : std::span<std::int16_t>(sound.wide);
  if (!playout.read(own, shared_.now())) return false;
  if (narrow ? wants_wide_ : wants_narrow_) convert(index, playout.sample_rate());
  return true;
}

void Mix::convert(std::size_t index, int from_rate) {
  Place& place = *places_[index];
  Sound& sound = (*sounds_)[index];
  if (!place.converter) {
    auto made = Resampler::create(from_rate, from_rate == 8000 ? 16'000 : 8000);
    ASSERT(made.has_value());
    place.converter.emplace(std::move(made).value());
  }
  if (from_rate == 8000) {
    place.converter->process(sound.narrow, sound.wide);
  } else {
    place.converter->process(sound.wide, sound.narrow);
  }
}

void Mix::read_tone() {
  if (!ring_) return;
  if (ring_->frames-- <= 0) return ring_.reset();
  ring_->wide.fill((*sounds_)[k_tone].wide);
  ring_->narrow.fill((*sounds_)[k_tone].narrow);
  sounding_ |= bit(k_tone);
}

// The bridge goes on until the mix has what the other end says, so that nothing is missing.
bool Mix::may_begin(const Place& place) const {
  const Stream* other = place.stream->joined();
  if (other == nullptr || shared_.now() - place.since >= k_bridge_max) return true;
  for (std::size_t i = 0; i < k_places; ++i) {
    if (!places_[i] || places_[i]->stream != other) continue;
    return (sounding_ & place.hears & bit(i)) != 0 || (place.hears & bit(i)) == 0;
  }
  return true;
}

void Mix::feed(std::size_t index) {
  Place& place = *places_[index];
  Stream& stream = *place.stream;
  if (!place.on) {
    if (!may_begin(place)) return;
    place.on = true;
    stream.take_mix(true);
  }
  if (!stream.may_send_mix()) return;
  const std::uint64_t sounds = (place.hears | bit(k_tone)) & sounding_;
  if (sounds == 0) return stream.send_mix_silence();
  const Codec codec = stream.send_codec();
  const Sum& sum = sum_of(sounds, rate_for(codec));
  const float wanted = sum.peak > k_ceiling
                           ? static_cast<float>(k_ceiling) / static_cast<float>(sum.peak)
                           : 1.0F;
  const float before = place.gain;
  place.gain = std::min(wanted, before * k_recovery);
  if (is_g711(codec)) return stream.send_mix(encoded(sum, codec, before, place.gain));
  std::array<std::int16_t, k_wide> pcm;
  turn(sum.pcm, before, place.gain, pcm);
  stream.send_mix(std::span<const std::int16_t>(pcm));
}

std::span<const std::int16_t> Mix::sound_of(std::size_t index, int rate) const {
  const Sound& sound = (*sounds_)[index];
  if (rate == 8000) return sound.narrow;
  return sound.wide;
}

Mix::Sum& Mix::sum_of(std::uint64_t sounds, int rate) {
  for (Sum& sum : sums_) {
    if (sum.of == sounds && sum.rate == rate) return sum;
  }
  ASSERT(sums_.size() < k_places);
  Sum& sum = sums_.emplace_back();
  sum.of = sounds;
  sum.rate = rate;
  add_up(sum);
  return sum;
}

// In a room, what one hears and what the next hears differ by the two of them: that is cheaper to
// make good than to add up all.
void Mix::add_up(Sum& sum) const {
  const std::size_t count = sum.rate == 8000 ? k_narrow : k_wide;
  const std::span<std::int32_t> out = std::span(sum.pcm).first(count);
  const auto* whole = [&]() -> const Sum* {
    const Sum* largest = nullptr;
    for (const Sum& other : sums_) {
      if (&other == &sum || other.rate != sum.rate) continue;
      if (largest == nullptr || std::popcount(other.of) > std::popcount(largest->of)) {
        largest = &other;
      }
    }
    return largest;
  }();
  std::uint64_t add = sum.of, take = 0;
  std::ranges::fill(out, 0);
  if (whole != nullptr && std::popcount(whole->of ^ sum.of) < std::popcount(sum.of)) {
    std::copy_n(whole->pcm.begin(), count, out.begin());
    add = sum.of & ~whole->of;
    take = whole->of & ~sum.of;
  }
  for (std::size_t i = 0; i <= k_tone; ++i) {
    if (((add | take) & bit(i)) == 0) continue;
    const std::int32_t sign = (add & bit(i)) != 0 ? 1 : -1;
    const auto pcm = sound_of(i, sum.rate);
    for (std::size_t k = 0; k < count; ++k) out[k] += sign * pcm[k];
  }
  sum.peak = 0;
  for (const std::int32_t sample : out) sum.peak = std::max(sum.peak, std::abs(sample));
}

Bytes Mix::encoded(const Sum& sum, Codec codec, float gain_from, float gain_to) {
  for (const Encoded& one : encoded_) {
    if (one.sum == &sum && one.codec == codec && one.gain_from == gain_from &&
        one.gain_to == gain_to) {
      return one.bytes;
    }
  }
  ASSERT(encoded_.size() < k_places);
  Encoded& made = encoded_.emplace_back();
  made.sum = &sum;
  made.codec = codec;
  made.gain_from = gain_from;
  made.gain_to = gain_to;
  std::array<std::int16_t, k_narrow> pcm;
  turn(sum.pcm, gain_from, gain_to, pcm);
  Encoder& encoder = codec == Codec::pcmu ? mu_ : a_;
  const std::size_t size = encoder.encode(pcm, made.bytes);
  ASSERT(size == made.bytes.size());
  return made.bytes;
}

}  // namespace firstring::media
