#include "media/playout.h"

#include <algorithm>

#include "media/tone.h"

namespace firstring::media {

namespace {

constexpr int k_clock = 48000;         // of the timeline
constexpr double k_quiet_dbm0 = -45;

std::size_t samples_of(int ticks, int sample_rate) {
  return static_cast<std::size_t>(static_cast<std::int64_t>(ticks) * sample_rate / k_clock);
}

// The rate at which a codec decodes for a reader at `wanted`; where they differ it is resampled.
int decoder_rate(Codec codec, int wanted) {
  switch (codec) {
    case Codec::pcmu:
    case Codec::pcma: return 8000;
    case Codec::g722: return std::min(wanted, 16000);
    case Codec::opus: return wanted;
  }
  return 8000;
}

}  // namespace

Result<Playout> Playout::create(std::vector<AgreedCodec> codecs, int sample_rate) {
  if (sample_rate != 8000 && sample_rate != 16000 && sample_rate != 48000) {
    return Error{Code::invalid, "Sound is read at 8000, 16000 or 48000 samples a second."};
  }
  return Playout(std::move(codecs), sample_rate);
}

Playout::Playout(std::vector<AgreedCodec> codecs, int sample_rate)
    : codecs_(std::move(codecs)),
      sample_rate_(sample_rate),
      buffer_(JitterOptions{.clock = k_clock}) {
  ready_.reserve(static_cast<std::size_t>(sample_rate / 1000 * 140));  // a packet and a frame
}

bool Playout::put(std::uint32_t ssrc, std::uint16_t sequence, std::uint32_t timestamp,
                  std::uint8_t payload_type, std::span<const std::uint8_t> payload, MonoTime now) {
  const auto agreed =
      std::ranges::find(codecs_, int{payload_type}, &AgreedCodec::payload_type);
  if (agreed == codecs_.end()) return false;
  const int ticks = duration_ticks(agreed->codec, payload);
  if (ticks == 0) return false;
  // Scaling keeps the steps right across the wrap, for all is modulo 2^32.
  const auto scale = static_cast<std::uint32_t>(k_clock / rtp_clock_of(agreed->codec));
  buffer_.put({ssrc, sequence, timestamp * scale, payload_type, ticks * static_cast<int>(scale),
               payload},
              now);
  return true;
}

bool Playout::read(std::span<std::int16_t> out, MonoTime now) {
  while (ready_.size() < out.size()) pull(now);
  const auto count = static_cast<std::ptrdiff_t>(out.size());
  std::copy(ready_.begin(), ready_.begin() + count, out.begin());
  ready_.erase(ready_.begin(), ready_.begin() + count);
  const bool heard = heard_;
  heard_ = heard_ && !ready_.empty();
  quiet_ = !heard || level_dbm0(out) < k_quiet_dbm0;
  return heard;
}

void Playout::pull(MonoTime now) {
  const auto what = buffer_.next(now, quiet_);
  switch (what.kind) {
    case Playable::Kind::frame: {
      Voice* voice = voice_of(what.payload_type);
      if (voice == nullptr) return append_silence(samples_of(what.ticks, sample_rate_));
      return append_decoded(*voice, what);
    }
    case Playable::Kind::conceal:
    case Playable::Kind::stretch:
      return append_concealed(what);
    case Playable::Kind::silence:
      return append_silence(samples_of(what.ticks, sample_rate_));
  }
}

Playout::Voice* Playout::voice_of(std::uint8_t payload_type) {
  const auto agreed =
      std::ranges::find(codecs_, int{payload_type}, &AgreedCodec::payload_type);
  if (agreed == codecs_.end()) return nullptr;
  auto& voice = voices_[static_cast<std::size_t>(agreed->codec)];
  if (!voice) {
    const int rate = decoder_rate(agreed->codec, sample_rate_);
    auto decoder = Decoder::create(agreed->codec, rate);
    if (!decoder) return nullptr;
    voice.emplace(Voice{std::move(decoder).value(), std::nullopt});
    if (rate != sample_rate_) {
      auto resampler = Resampler::create(rate, sample_rate_);
      if (!resampler) return voice.reset(), nullptr;
      voice->resampler.emplace(std::move(resampler).value());
    }
  }
  speaking_ = agreed->codec;
  return &*voice;
}

void Playout::append_decoded(Voice& voice, const Playable& what) {
  std::array<std::int16_t, k_decoded_samples_max> pcm;
  const auto samples = voice.decoder.decode(what.payload, pcm);
  if (samples == 0) {
    const auto lost = samples_of(what.ticks, voice.decoder.sample_rate());
    voice.decoder.conceal(std::span(pcm).first(lost));
    return append(std::span(pcm).first(lost), voice);
  }
  append(std::span(pcm).first(samples), voice);
}

void Playout::append_concealed(const Playable& what) {
  auto* voice = speaking_ ? &voices_[static_cast<std::size_t>(*speaking_)] : nullptr;
  if (voice == nullptr || !*voice) return append_silence(samples_of(what.ticks, sample_rate_));
  // The packet behind the gap helps only the decoder it is meant for.
  const auto next = std::ranges::find(codecs_, int{what.payload_type}, &AgreedCodec::payload_type);
  const bool same = next != codecs_.end() && next->codec == *speaking_;
  std::array<std::int16_t, k_decoded_samples_max> pcm;
  const auto lost = std::span(pcm).first(samples_of(what.ticks, (*voice)->decoder.sample_rate()));
  (*voice)->decoder.conceal(lost, same ? what.payload : std::span<const std::uint8_t>());
  append(lost, **voice);
}

void Playout::append(std::span<const std::int16_t> pcm, Voice& voice) {
  heard_ = true;
  if (!voice.resampler) {
    ready_.insert(ready_.end(), pcm.begin(), pcm.end());
    return;
  }
  const auto before = ready_.size();
  const auto rate = static_cast<std::size_t>(voice.decoder.sample_rate());
  ready_.resize(before + pcm.size() * static_cast<std::size_t>(sample_rate_) / rate);
  const auto written = voice.resampler->process(pcm, std::span(ready_).subspan(before));
  ready_.resize(before + written);
}

void Playout::append_silence(std::size_t samples) { ready_.insert(ready_.end(), samples, 0); }

}  // namespace firstring::media
