// Stream: one leg's audio: what comes from its peer, and what its peer hears.
//
// What the peer hears is, first of these: keys being sent, a playback, a mix, and else what the
// stream is joined to: another stream (bridge) or itself (echo). A packet of the other stream
// leaves at once, its header rewritten in place, if this peer takes its codec; if not it goes
// through jitter buffer, decoder and encoder on this stream's 20 ms.
//
//   peer -> on_rtp -> checks -> deliver() of the joined stream -> peer there      (relay)
//                        |-> playout -> tick() of the joined stream -> encoder -> (transcoding)
//                        |-> taps (recordings), keys
//
// Lives on: the media loop.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/timers.h"
#include "media/codec.h"
#include "media/dtmf_detector.h"
#include "media/engine.h"
#include "media/loop_shared.h"
#include "media/net_address.h"
#include "media/orders.h"
#include "media/phases.h"
#include "media/playback.h"
#include "media/playout.h"
#include "media/rtcp.h"
#include "media/rtp_out.h"
#include "media/source_lock.h"
#include "media/srtp.h"
#include "media/telephone_event.h"

namespace firstring::media {

class Mix;
class RecordingTap;

class Stream final : public Ticking {
 public:
  Stream(LoopShared& shared, const OpenOrder& order);
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Orders.
  void configure(StreamPlan plan);
  void play(std::uint64_t playback, std::vector<PlayItem> items, bool loop);
  void stop_play();
  static void bridge(Stream& a, Stream& b);
  void unbridge();               // from whichever stream it is joined to
  void echo();
  void mute(bool muted);
  void send_digits(std::string_view digits);
  void add_tap(RecordingTap& tap) { taps_.push_back(&tap); }
  void remove_tap(RecordingTap& tap) { std::erase(taps_, &tap); }
  // In a mix (media/mix.h), which calls these. While `taken` it is heard in place of whom the
  // stream is joined to.
  void enter_mix(Mix& mix, std::size_t place);
  void leave_mix();
  void take_mix(bool taken);
  bool may_send_mix();
  void send_mix(std::span<const std::int16_t> pcm);   // 20 ms at 16 kHz
  void send_mix(Bytes encoded) { emit(encoded); }     // 20 ms of send_codec()
  void send_mix_silence() { emit_silence(); }
  Codec send_codec() const { return send_codec_; }
  const std::vector<AgreedCodec>& codecs() const { return plan_.codecs; }
  const Stream* joined() const { return joined_ == this ? nullptr : joined_; }
  // Says goodbye to the peer and sums up. Nothing but the destructor may follow.
  StreamStatistics close();

  // From the sockets. The packet is changed in place; `buffer` has k_srtp_room bytes more.
  void on_rtp(std::span<std::uint8_t> buffer, std::size_t size, const NetAddress& from);
  void on_rtcp(std::span<std::uint8_t> buffer, std::size_t size, const NetAddress& from);

  void tick() override {
    shared_.guard(id_, [this] { send_next(); });
  }

  StreamId id() const { return id_; }
  bool joined_to(const Stream& other) const { return joined_ == &other; }
  // The widest sound that this stream can bring: 8000 or more.
  int sample_rate() const;

 private:
  static constexpr std::int8_t k_unknown = -1, k_event = 4;  // beside Codec's numbers

  struct InbandKeys {            // keys as tones, for a peer without RFC 4733
    std::string digits;
    int step = 0;                // of 20 ms within the first digit
    std::optional<Tone> low, high;
  };
  // A sound packet on its way from one stream to another.
  struct Sound {
    Codec codec;
    RtpHeader header;
    std::span<std::uint8_t> payload;  // at least 12 bytes before it are ours to write
  };

  // stream.cpp
  void apply_codecs();
  void apply_keys(const StreamPlan& plan);
  void leave_joined();
  bool receives() const;
  bool sends() const;
  bool filling() const;          // the peer is given silence in place of whom it is joined to
  void update_ticking();
  void check_silence();
  void start_silence_timer();
  void report(Report report) { shared_.reports.push_back(std::move(report)); }
  double mos(const StreamStatistics& statistics) const;

  // stream_receive.cpp
  bool admit(const RtpPacket& packet, const NetAddress& from);
  bool over_rate();
  void heard(const RtpHeader& header, int clock);
  void on_event(const RtpPacket& packet);
  void on_sound(Codec codec, const RtpPacket& packet);
  void listen_for_keys(Codec codec, Bytes payload);
  void deliver(Stream& from, Sound sound);
  void relay(Sound sound);
  void relay_event(Stream& from, const RtpPacket& packet);
  bool can_relay(Sound& sound) const;
  void transcode(Stream& from, const Sound& sound);

  // stream_send.cpp
  bool busy_otherwise() const;   // with something that goes before what it is joined to
  void send_next();              // what this 20 ms is due
  bool tick_keys();
  bool tick_playback();
  void tick_transcoded();
  void emit_pcm(std::span<const std::int16_t> pcm);
  void emit(Bytes payload);      // 20 ms
  void emit_silence() { emit(shared_.comfort(send_codec_)); }
  void emit_packet(Bytes payload, std::uint32_t ticks);
  bool fill_inband_key(std::span<std::int16_t> pcm);
  Encoder* encoder(int sample_rate);
  void transmit(const RtpHeader& header, Bytes payload);
  void transmit_in_place(std::uint8_t* packet, std::size_t size);
  void sent(std::size_t payload_bytes, bool audio);
  RtpOut::Kind send_kind() const;

  // stream_rtcp.cpp
  void start_rtcp_timer(bool first);
  void send_rtcp(bool bye);
  NetAddress rtcp_address() const;
  void take_report(const RtcpReport& report);

  // Given.
  LoopShared& shared_;
  const StreamId id_;
  const int rtp_fd_, rtcp_fd_;

  // Agreed.
  StreamPlan plan_;
  bool configured_ = false;
  std::array<std::int8_t, 128> kind_of_type_;        // Codec, k_event or k_unknown
  std::array<std::int8_t, 4> type_of_codec_;         // payload type; -1: not agreed
  Codec send_codec_ = Codec::pcmu;
  MonoTime configured_at_;

  // From the peer.
  SourceLock source_;
  std::unique_ptr<SrtpSide> unprotect_;
  RtpReception reception_;
  EventReceiver events_;
  std::unique_ptr<DtmfDetector> detector_;
  std::unique_ptr<Playout> playout_;                 // while someone needs our sound, not packets
  std::vector<RecordingTap*> taps_;
  Mix* mix_ = nullptr;
  std::size_t mix_place_ = 0;
  bool mix_taken_ = false;
  MonoTime heard_at_;
  MonoTime rate_at_;                                 // when the packets so far would be in order
  Codec heard_codec_ = Codec::pcmu;
  bool heard_any_ = false;
  bool silent_ = false;
  bool muted_ = false;
  std::uint64_t strangers_ = 0;
  std::uint64_t rejected_ = 0;                       // malformed, not authentic, over the rate

  // To the peer.
  RtpOut out_;
  std::unique_ptr<SrtpSide> protect_;
  Stream* joined_ = nullptr;                         // and it to us; ourselves: echo
  std::unique_ptr<Playback> playback_;
  std::unique_ptr<EventSender> keys_;
  std::unique_ptr<InbandKeys> inband_keys_;
  std::unique_ptr<Encoder> encoder_;
  bool transcoding_ = false;
  std::vector<std::uint8_t> gathered_;               // frames, where a packet holds several
  std::uint32_t frames_gathered_ = 0;
  std::uint32_t passed_event_ = 0;                   // timestamp of a key passed on: theirs
  std::uint32_t passed_event_as_ = 0;                // and ours
  MonoTime passed_event_until_;                      // no sound until then
  std::uint64_t packets_sent_ = 0;
  std::uint64_t bytes_sent_ = 0;
  bool sent_any_ = false;

  // RTCP.
  NetAddress rtcp_from_;                             // learned where the RTP address was learned
  std::uint32_t peer_report_middle_ = 0;             // NTP of the peer's last SR, middle bits
  MonoTime peer_report_at_;
  std::uint64_t packets_at_report_ = 0;
  double round_trip_ms_ = -1;
  double remote_loss_sum_ = 0;
  int remote_loss_count_ = 0;

  Timer silence_timer_;
  Timer rtcp_timer_;
};

}  // namespace firstring::media
