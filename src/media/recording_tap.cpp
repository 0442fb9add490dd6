#include "media/recording_tap.h"

#include <algorithm>

namespace firstring::media {
namespace {

constexpr int k_ring_ms = 800;
constexpr int k_ahead_ms = 300;          // further ahead than this is another time line
constexpr int k_window_packets_first = 10, k_window_packets_max = 100;  // 200 ms to 2 s
constexpr int k_drift_ms = 8;

}  // namespace

RecordingTap::RecordingTap(int sample_rate, MonoTime start)
    : sample_rate_(sample_rate),
      start_(start),
      ring_(static_cast<std::size_t>(sample_rate / 1000 * k_ring_ms)) {}

std::int64_t RecordingTap::position_at(MonoTime time) const {
  return (time - start_).count() / 1000 * sample_rate_ / 1'000'000;
}

RecordingTap::Voice* RecordingTap::voice_of(Codec codec) {
  auto& voice = voices_[static_cast<std::size_t>(codec)];
  if (voice) return &*voice;
  // G.711 has one rate; the others decode at ours.
  const bool narrow = codec == Codec::pcmu || codec == Codec::pcma;
  auto decoder = Decoder::create(codec, narrow ? 8000 : sample_rate_);
  if (!decoder) return nullptr;
  voice.emplace(Voice{std::move(decoder).value(), std::nullopt});
  if (voice->decoder.sample_rate() != sample_rate_) {
    auto resampler = Resampler::create(voice->decoder.sample_rate(), sample_rate_);
    if (!resampler) {
      voice.reset();
      return nullptr;
    }
    voice->resampler.emplace(std::move(resampler).value());
  }
  return &*voice;
}

std::size_t RecordingTap::decode(Voice& voice, Bytes payload, std::span<std::int16_t> out) {
  if (!voice.resampler) return voice.decoder.decode(payload, out);
  std::array<std::int16_t, k_decoded_samples_max> decoded;
  const std::size_t count = voice.decoder.decode(payload, decoded);
  return count == 0 ? 0 : voice.resampler->process({decoded.data(), count}, out);
}

void RecordingTap::put(const RtpHeader& header, Codec codec, Bytes payload, MonoTime now) {
  const int ticks = duration_ticks(codec, payload);
  if (ticks == 0) return;
  Voice* voice = voice_of(codec);
  if (voice == nullptr) return;
  const bool same = anchored_ && header.ssrc == ssrc_ && codec == codec_;
  const bool newer = !same || static_cast<std::int16_t>(header.sequence - sequence_) > 0;
  const bool stateless = codec == Codec::pcmu || codec == Codec::pcma;
  if (!newer && !stateless) return;  // its decoder is past it
  // A packet is complete, and sent, at the end of its sound.
  const std::int64_t length = std::int64_t{ticks} * sample_rate_ / rtp_clock_of(codec);
  const std::int64_t arrival = position_at(now) - length;
  std::int64_t place = arrival;
  if (!place_of(header, codec, arrival, place)) return;
  if (newer && same && !stateless) conceal(*voice, place);
  std::array<std::int16_t, k_decoded_samples_max> decoded;
  const std::span<const std::int16_t> pcm(decoded.data(), decode(*voice, payload, decoded));
  write(place, pcm);
  if (!newer) return;
  ssrc_ = header.ssrc;
  codec_ = codec;
  sequence_ = header.sequence;
  timestamp_ = header.timestamp;
  place_ = place;
  end_ = place + static_cast<std::int64_t>(pcm.size());
  anchored_ = true;
}

bool RecordingTap::place_of(const RtpHeader& header, Codec codec, std::int64_t arrival,
                            std::int64_t& place) {
  const bool same = anchored_ && header.ssrc == ssrc_ && codec == codec_;
  if (!same) {
    place = std::max(arrival, read_);
    begin_window(k_window_packets_first);
    return true;
  }
  const auto ticks = static_cast<std::int32_t>(header.timestamp - timestamp_);
  place = place_ + std::int64_t{ticks} * sample_rate_ / rtp_clock_of(codec);
  const std::int64_t lateness = arrival - place;
  const std::int64_t ms = sample_rate_ / 1000;
  const bool jumped = -lateness > k_ahead_ms * ms || lateness > k_ring_ms * ms;
  const bool newer = static_cast<std::int16_t>(header.sequence - sequence_) > 0;
  if (jumped && !newer) return false;
  if (jumped) {  // the timestamps started anew
    place = std::max(arrival, read_);
    begin_window(k_window_packets_first);
  } else if (newer) {
    place += drift(lateness);
  }
  return true;
}

void RecordingTap::begin_window(int packets) {
  lateness_min_ = INT64_MAX;
  window_size_ = packets;
  window_ = 0;
}

// The most prompt packet of a window shows where the sender's time line really lies: by how much to
// move this packet, and with it all later ones.
std::int64_t RecordingTap::drift(std::int64_t lateness) {
  lateness_min_ = std::min(lateness_min_, lateness);
  if (++window_ < window_size_) return 0;
  const std::int64_t found = lateness_min_;
  begin_window(std::min(window_size_ * 2, k_window_packets_max));
  const std::int64_t tolerated = std::int64_t{k_drift_ms} * sample_rate_ / 1000;
  return found > tolerated || found < -tolerated ? found : 0;
}

// A hole of up to 60 ms before `place` is filled. Not for G.711, whose late packets still come.
void RecordingTap::conceal(Voice& voice, std::int64_t place) {
  const std::int64_t ten_ms = voice.decoder.sample_rate() / 100;
  const std::int64_t gap = place - end_;
  const std::int64_t tens = gap * 100 / sample_rate_;
  if (tens < 1 || tens > 6) return;
  std::array<std::int16_t, 48 * 60> filled;
  std::array<std::int16_t, 48 * 60> resampled;
  const std::span<std::int16_t> pcm(filled.data(), static_cast<std::size_t>(tens * ten_ms));
  voice.decoder.conceal(pcm);
  if (!voice.resampler) return write(end_, pcm);
  write(end_, {resampled.data(), voice.resampler->process(pcm, resampled)});
}

void RecordingTap::write(std::int64_t place, std::span<const std::int16_t> pcm) {
  const auto size = static_cast<std::int64_t>(ring_.size());
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const std::int64_t at = place + static_cast<std::int64_t>(i);
    if (at < read_ || at >= read_ + size) continue;  // too late, or absurdly early
    ring_[static_cast<std::size_t>(at % size)] = pcm[i];
  }
}

void RecordingTap::read(std::span<std::int16_t> out) {
  for (std::int16_t& sample : out) {
    std::int16_t& kept = ring_[static_cast<std::size_t>(read_ % std::ssize(ring_))];
    sample = kept;
    kept = 0;
    read_ += 1;
  }
}

}  // namespace firstring::media
