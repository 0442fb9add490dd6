#include "media/codec.h"

#include <algorithm>

namespace firstring::media {

namespace {

constexpr int k_longest_ms = 120;

template <typename... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Match(Cases...) -> Match<Cases...>;

bool is_g711(Codec codec) { return codec == Codec::pcmu || codec == Codec::pcma; }
G711Law law_of(Codec codec) { return codec == Codec::pcmu ? G711Law::mu : G711Law::a; }

Error wrong_rate() { return {Code::invalid, "G.711 works at 8000 samples a second."}; }

}  // namespace

int duration_ticks(Codec codec, std::span<const std::uint8_t> payload) {
  if (codec == Codec::opus) return opus_ticks(payload);
  // The others carry a byte per tick of 8 kHz.
  return payload.size() <= k_longest_ms * 8 ? static_cast<int>(payload.size()) : 0;
}

Encoder::Encoder(Codec codec, int sample_rate, Kind kind)
    : codec_(codec), sample_rate_(sample_rate), kind_(std::move(kind)) {}

Result<Encoder> Encoder::create(Codec codec, std::string_view fmtp, int sample_rate) {
  if (sample_rate == 0) sample_rate = sample_rate_of(codec);
  if (is_g711(codec)) {
    if (sample_rate != 8000) return wrong_rate();
    return Encoder(codec, sample_rate, law_of(codec));
  }
  if (codec == Codec::g722) {
    auto g722 = TRY(G722Encoder::create(sample_rate));
    return Encoder(codec, sample_rate, std::move(g722));
  }
  auto opus = TRY(OpusVoiceEncoder::create(sample_rate, fmtp));
  return Encoder(codec, sample_rate, std::move(opus));
}

std::size_t Encoder::encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out) {
  return std::visit(
      Match{[&](G711Law law) -> std::size_t {
              return out.size() < pcm.size() ? 0 : g711_encode(law, pcm, out);
            },
            [&](G722Encoder& g722) { return g722.encode(pcm, out); },
            [&](OpusVoiceEncoder& opus) { return opus.encode(pcm, out); }},
      kind_);
}

Decoder::Decoder(Codec codec, int sample_rate, Kind kind)
    : codec_(codec),
      sample_rate_(sample_rate),
      kind_(std::move(kind)),
      concealment_(codec == Codec::opus ? 0 : sample_rate) {}

Result<Decoder> Decoder::create(Codec codec, int sample_rate) {
  if (sample_rate == 0) sample_rate = sample_rate_of(codec);
  if (is_g711(codec)) {
    if (sample_rate != 8000) return wrong_rate();
    return Decoder(codec, sample_rate, law_of(codec));
  }
  if (codec == Codec::g722) {
    auto g722 = TRY(G722Decoder::create(sample_rate));
    return Decoder(codec, sample_rate, std::move(g722));
  }
  auto opus = TRY(OpusVoiceDecoder::create(sample_rate));
  return Decoder(codec, sample_rate, std::move(opus));
}

std::size_t Decoder::decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) {
  if (duration_ticks(codec_, payload) == 0) return 0;
  const auto samples = std::visit(
      Match{[&](G711Law law) -> std::size_t {
              return out.size() < payload.size() ? 0 : g711_decode(law, payload, out);
            },
            [&](G722Decoder& g722) { return g722.decode(payload, out); },
            [&](OpusVoiceDecoder& opus) { return opus.decode(payload, out); }},
      kind_);
  if (codec_ != Codec::opus && samples > 0) concealment_.heard(out.first(samples));
  return samples;
}

void Decoder::conceal(std::span<std::int16_t> out, std::span<const std::uint8_t> next) {
  if (auto* opus = std::get_if<OpusVoiceDecoder>(&kind_)) {
    opus->conceal(out, next);
  } else {
    concealment_.fill(out);
  }
}

}  // namespace firstring::media
