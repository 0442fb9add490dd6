// What a stream's peer hears on our own 20 ms: keys, playback, transcoded sound, silence.
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/stream.h"

namespace firstring::media {
namespace {

constexpr int k_key_tone_steps = 5;    // 100 ms
constexpr int k_key_pause_steps = 3;   // 60 ms
constexpr double k_key_level_dbm0 = -10;

}  // namespace

RtpOut::Kind Stream::send_kind() const {
  return {type_of_codec_[static_cast<std::size_t>(send_codec_)], rtp_clock_of(send_codec_)};
}

bool Stream::busy_otherwise() const {
  return playback_ || (keys_ && keys_->active()) || (inband_keys_ && !inband_keys_->digits.empty());
}

void Stream::send_next() {
  if (!configured_ || !(tick_keys() || tick_playback() || mix_taken_)) {
    if (transcoding_ && sends() && !filling()) {
      tick_transcoded();
    } else if (filling() && sends()) {
      emit_silence();
    }
  }
  update_ticking();
}

bool Stream::tick_keys() {
  if (keys_ && keys_->active() && sends() && plan_.event_payload_type >= 0) {
    const auto kind = send_kind();
    const auto packet = keys_->next(out_.upcoming(kind, shared_.now()));
    const auto ticks = static_cast<std::uint32_t>(kind.clock / 50);
    out_.skip(ticks);
    if (packet) {
      transmit(out_.event(plan_.event_payload_type, packet->timestamp, packet->marker),
               packet->payload);
    }
    return true;
  }
  if (!inband_keys_ || inband_keys_->digits.empty() || !sends()) return false;
  std::array<std::int16_t, 960> pcm;
  Encoder* coder = encoder(0);
  if (coder == nullptr) return false;
  const std::span<std::int16_t> frame(pcm.data(),
                                      static_cast<std::size_t>(coder->sample_rate() / 50));
  if (fill_inband_key(frame)) {
    emit_pcm(frame);
  } else {
    emit_silence();
  }
  return true;
}

// False: it is the pause behind a key.
bool Stream::fill_inband_key(std::span<std::int16_t> pcm) {
  constexpr std::string_view k_keys = "123A456B789C*0#D";
  constexpr std::array k_rows = {697.0, 770.0, 852.0, 941.0};
  constexpr std::array k_columns = {1209.0, 1336.0, 1477.0, 1633.0};
  InbandKeys& keys = *inband_keys_;
  const int rate = static_cast<int>(pcm.size()) * 50;
  if (keys.step == 0) {
    const char key = static_cast<char>(std::toupper(static_cast<unsigned char>(keys.digits[0])));
    const std::size_t at = k_keys.find(key);
    ASSERT(at != std::string_view::npos);
    keys.low.emplace(k_rows[at / 4], rate, k_key_level_dbm0);
    keys.high.emplace(k_columns[at % 4], rate, k_key_level_dbm0);
  }
  const bool sounding = keys.step < k_key_tone_steps;
  if (sounding) {
    std::array<std::int16_t, 960> high;
    keys.low->fill(pcm);
    keys.high->fill(std::span(high).first(pcm.size()));
    for (std::size_t i = 0; i < pcm.size(); ++i) {
      pcm[i] = static_cast<std::int16_t>(pcm[i] + high[i]);
    }
  }
  if (++keys.step == k_key_tone_steps + k_key_pause_steps) {
    keys.step = 0;
    keys.digits.erase(0, 1);
  }
  return sounding;
}

bool Stream::tick_playback() {
  if (!playback_) return false;
  const auto piece = playback_->next(shared_.prompts, send_codec_, shared_.now());
  switch (piece.kind) {
    case Playback::Kind::frame:
      if (sends()) emit(piece.payload);
      return true;
    case Playback::Kind::silence:
      if (sends()) emit_silence();
      return true;
    case Playback::Kind::tone: {
      Encoder* coder = encoder(0);
      if (coder == nullptr) return true;
      std::array<std::int16_t, 960> pcm;
      const std::span<std::int16_t> frame(pcm.data(),
                                          static_cast<std::size_t>(coder->sample_rate() / 50));
      playback_->fill_tone(frame, coder->sample_rate());
      if (sends()) emit_pcm(frame);
      return true;
    }
    case Playback::Kind::ended:
      break;
  }
  report(PlayEnded{id_, playback_->id()});
  playback_.reset();
  out_.pause();
  return false;
}

void Stream::tick_transcoded() {
  Stream& from = *joined_;
  if (!from.playout_) return emit_silence();
  std::array<std::int16_t, 960> pcm;
  const int rate = from.playout_->sample_rate();
  const std::span<std::int16_t> frame(pcm.data(), static_cast<std::size_t>(rate / 50));
  const bool sound = from.playout_->read(frame, shared_.now());
  if (shared_.now() < passed_event_until_) {
    out_.skip(static_cast<std::uint32_t>(rtp_clock_of(send_codec_) / 50));
    return;
  }
  Encoder* coder = encoder(rate);
  if (coder == nullptr || !sound) return emit_silence();
  emit_pcm(frame);
}

void Stream::send_mix(std::span<const std::int16_t> pcm) {
  if (encoder(static_cast<int>(pcm.size()) * 50) != nullptr) emit_pcm(pcm);
}

Encoder* Stream::encoder(int sample_rate) {
  const int rate = sample_rate == 0 ? sample_rate_of(send_codec_) : sample_rate;
  if (encoder_ && encoder_->codec() == send_codec_ && encoder_->sample_rate() == rate) {
    return encoder_.get();
  }
  auto made = Encoder::create(send_codec_, plan_.codecs.front().fmtp, rate);
  if (!made) return nullptr;
  encoder_ = std::make_unique<Encoder>(std::move(made).value());
  return encoder_.get();
}

void Stream::emit_pcm(std::span<const std::int16_t> pcm) {
  std::array<std::uint8_t, k_payload_bytes_max> payload;
  const std::size_t size = encoder_->encode(pcm, payload);
  if (size > 0) emit(Bytes(payload).first(size));
}

// A peer may wish for longer packets (ptime). Opus frames cannot be strung together.
void Stream::emit(Bytes payload) {
  const auto ticks = static_cast<std::uint32_t>(rtp_clock_of(send_codec_) / 50);
  const std::int64_t frames = std::clamp<std::int64_t>(plan_.ptime / Duration(20ms), 1, 3);
  if (frames == 1 || send_codec_ == Codec::opus) return emit_packet(payload, ticks);
  gathered_.insert(gathered_.end(), payload.begin(), payload.end());
  if (++frames_gathered_ < frames) return;
  emit_packet(gathered_, ticks * frames_gathered_);
  gathered_.clear();
  frames_gathered_ = 0;
}

void Stream::emit_packet(Bytes payload, std::uint32_t ticks) {
  transmit(out_.own(send_kind(), ticks, shared_.now()), payload);
  sent(payload.size(), true);
}

void Stream::transmit(const RtpHeader& header, Bytes payload) {
  if (protect_) {
    std::array<std::uint8_t, k_rtp_header_bytes + k_payload_bytes_max + k_srtp_room> packet;
    write_rtp(header, packet.data());
    std::memcpy(packet.data() + k_rtp_header_bytes, payload.data(), payload.size());
    std::size_t size = k_rtp_header_bytes + payload.size();
    if (protect_->protect_rtp(packet, size) != SrtpSide::Verdict::ok) return;
    const NetAddress& to = source_.address();
    sendto(rtp_fd_, packet.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL, to.raw(), to.size());
    return;
  }
  std::array<std::uint8_t, k_rtp_header_bytes> bytes;
  write_rtp(header, bytes.data());
  NetAddress to = source_.address();
  std::array<iovec, 2> parts = {
      iovec{bytes.data(), bytes.size()},
      iovec{const_cast<std::uint8_t*>(payload.data()), payload.size()}};
  msghdr message{};
  message.msg_name = to.raw();
  message.msg_namelen = to.size();
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  // What the kernel cannot take now is lost, as on any network.
  sendmsg(rtp_fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Stream::transmit_in_place(std::uint8_t* packet, std::size_t size) {
  if (protect_) {
    const std::span<std::uint8_t> buffer(packet, size + k_srtp_room);
    if (protect_->protect_rtp(buffer, size) != SrtpSide::Verdict::ok) return;
  }
  const NetAddress& to = source_.address();
  sendto(rtp_fd_, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL, to.raw(), to.size());
}

void Stream::sent(std::size_t payload_bytes, bool audio) {
  packets_sent_ += 1;
  bytes_sent_ += payload_bytes;
  if (audio && !sent_any_) {
    sent_any_ = true;
    report(FirstSent{id_});
  }
}

}  // namespace firstring::media
