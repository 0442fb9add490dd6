#include "media/opus.h"

#include <opus.h>

#include <algorithm>
#include <optional>

#include "media/sdp.h"

namespace firstring::media {

namespace {

constexpr int k_wire_rate = 48000;
constexpr int k_longest_ticks = 5760;  // 120 ms
constexpr int k_bit_rate_usual = 28000, k_bit_rate_min = 6000, k_bit_rate_max = 32000;
constexpr int k_expected_loss_percent = 10;  // how much FEC is put in
constexpr int k_complexity = 5;  // half the work of 10, hardly heard at these rates

bool is_rate(int sample_rate) {
  return sample_rate == 8000 || sample_rate == 16000 || sample_rate == 48000;
}

// "useinbandfec=1; maxaveragebitrate=20000" (RFC 7587 §6.1): the value of one name.
std::optional<std::uint32_t> wish_in(std::string_view fmtp, std::string_view name) {
  while (!fmtp.empty()) {
    auto part = fmtp.substr(0, fmtp.find(';'));
    fmtp.remove_prefix(std::min(part.size() + 1, fmtp.size()));
    part = next_word(part);
    if (part.size() > name.size() && equal_fold(part.substr(0, name.size()), name) &&
        part[name.size()] == '=') {
      return parse_number(part.substr(name.size() + 1), 1'000'000);
    }
  }
  return std::nullopt;
}

void set_up(OpusEncoder* state, std::string_view fmtp) {
  const auto asked = wish_in(fmtp, "maxaveragebitrate").value_or(k_bit_rate_usual);
  const int bit_rate = std::clamp(static_cast<int>(asked), k_bit_rate_min, k_bit_rate_max);
  opus_encoder_ctl(state, OPUS_SET_BITRATE(bit_rate));
  opus_encoder_ctl(state, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
  opus_encoder_ctl(state, OPUS_SET_COMPLEXITY(k_complexity));
  // RFC 7587 has 0 as the default of useinbandfec, but a decoder that does not use it loses nothing
  // but a few bits; only a plain "0" turns it off.
  const bool fec = wish_in(fmtp, "useinbandfec").value_or(1) != 0;
  opus_encoder_ctl(state, OPUS_SET_INBAND_FEC(fec ? 1 : 0));
  opus_encoder_ctl(state, OPUS_SET_PACKET_LOSS_PERC(fec ? k_expected_loss_percent : 0));
  opus_encoder_ctl(state, OPUS_SET_DTX(wish_in(fmtp, "usedtx").value_or(0) == 1 ? 1 : 0));
  opus_encoder_ctl(state, OPUS_SET_VBR(wish_in(fmtp, "cbr").value_or(0) == 1 ? 0 : 1));
}

}  // namespace

int opus_ticks(std::span<const std::uint8_t> payload) {
  if (payload.empty()) return 0;
  const int ticks =
      opus_packet_get_nb_samples(payload.data(), static_cast<int>(payload.size()), k_wire_rate);
  return ticks > 0 && ticks <= k_longest_ticks ? ticks : 0;
}

void OpusVoiceEncoder::Free::operator()(OpusEncoder* state) const { opus_encoder_destroy(state); }
void OpusVoiceDecoder::Free::operator()(OpusDecoder* state) const { opus_decoder_destroy(state); }

Result<OpusVoiceEncoder> OpusVoiceEncoder::create(int sample_rate, std::string_view fmtp) {
  if (!is_rate(sample_rate)) {
    return Error{Code::invalid, "Opus works here at 8000, 16000 or 48000 samples a second."};
  }
  int status = OPUS_OK;
  OpusVoiceEncoder encoder;
  encoder.state_.reset(opus_encoder_create(sample_rate, 1, OPUS_APPLICATION_VOIP, &status));
  if (status != OPUS_OK) return Error{Code::limit, "No memory for an Opus encoder."};
  set_up(encoder.state_.get(), fmtp);
  return encoder;
}

std::size_t OpusVoiceEncoder::encode(std::span<const std::int16_t> pcm,
                                     std::span<std::uint8_t> out) {
  const auto room = static_cast<opus_int32>(std::min<std::size_t>(out.size(), 1275));
  const int size =
      opus_encode(state_.get(), pcm.data(), static_cast<int>(pcm.size()), out.data(), room);
  return size > 0 ? static_cast<std::size_t>(size) : 0;  // an impossible length is an error there
}

Result<OpusVoiceDecoder> OpusVoiceDecoder::create(int sample_rate) {
  if (!is_rate(sample_rate)) {
    return Error{Code::invalid, "Opus works here at 8000, 16000 or 48000 samples a second."};
  }
  int status = OPUS_OK;
  OpusVoiceDecoder decoder;
  decoder.sample_rate_ = sample_rate;
  decoder.state_.reset(opus_decoder_create(sample_rate, 1, &status));
  if (status != OPUS_OK) return Error{Code::limit, "No memory for an Opus decoder."};
  return decoder;
}

std::size_t OpusVoiceDecoder::decode(std::span<const std::uint8_t> payload,
                                     std::span<std::int16_t> out) {
  const int ticks = opus_ticks(payload);
  const auto samples = static_cast<std::size_t>(ticks) * static_cast<std::size_t>(sample_rate_) /
                       k_wire_rate;
  if (ticks == 0 || out.size() < samples) return 0;
  const int decoded = opus_decode(state_.get(), payload.data(), static_cast<int>(payload.size()),
                                  out.data(), static_cast<int>(out.size()), 0);
  return decoded > 0 ? static_cast<std::size_t>(decoded) : 0;
}

void OpusVoiceDecoder::conceal(std::span<std::int16_t> out, std::span<const std::uint8_t> next) {
  // The FEC within `next` is of the frame right before it, as long as that packet is itself.
  const auto covered = static_cast<std::size_t>(opus_ticks(next)) *
                       static_cast<std::size_t>(sample_rate_) / k_wire_rate;
  const bool from_next = covered > 0 && covered <= out.size();
  int decoded = -1;
  if (from_next) {
    decoded = opus_decode(state_.get(), next.data(), static_cast<int>(next.size()), out.data(),
                          static_cast<int>(out.size()), 1);
  }
  if (decoded < 0) {
    decoded = opus_decode(state_.get(), nullptr, 0, out.data(), static_cast<int>(out.size()), 0);
  }
  const auto written = decoded > 0 ? static_cast<std::size_t>(decoded) : 0;
  std::ranges::fill(out.subspan(std::min(written, out.size())), std::int16_t{0});
}

}  // namespace firstring::media
