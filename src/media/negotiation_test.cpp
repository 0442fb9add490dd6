#include "media/negotiation.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"

namespace firstring::media {
namespace {

std::string sdp(std::initializer_list<std::string_view> lines,
                std::string_view connection = "c=IN IP4 192.0.2.7") {
  std::string text = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\n";
  if (!connection.empty()) text.append(connection).append("\r\n");
  text.append("t=0 0\r\n");
  for (const auto line : lines) text.append(line).append("\r\n");
  return text;
}

std::vector<std::uint8_t> key_bytes(int first, std::size_t size = 30) {
  std::vector<std::uint8_t> bytes(size);
  std::iota(bytes.begin(), bytes.end(), static_cast<std::uint8_t>(first));
  return bytes;
}

LocalStream us() {
  LocalStream local;
  local.address = {"198.51.100.1", 20000};
  local.session_id = 77;
  local.session_version = 1;
  return local;
}

LocalStream secure(LocalStream::Security security) {
  auto local = us();
  local.security = security;
  local.key_material = key_bytes(100);
  return local;
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find(line + "\r\n") != std::string::npos;
}

std::vector<Codec> codecs_of(const StreamPlan& plan) {
  std::vector<Codec> codecs;
  for (const auto& agreed : plan.codecs) codecs.push_back(agreed.codec);
  return codecs;
}

constexpr std::string_view k_key_line_80 =
    "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd|2^31";

TEST(AnswerOffer, WritesTheWholeAnswer) {
  const auto agreed = answer_offer(sdp({"m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000",
                                        "a=rtpmap:101 telephone-event/8000", "a=ptime:20"}),
                                   us());
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->answer,
            "v=0\r\no=- 77 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n"
            "m=audio 20000 RTP/AVP 0 8 101\r\n"
            "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
            "a=ptime:20\r\na=sendrecv\r\n");
  const StreamPlan expected{.remote = {"192.0.2.7", 4000},
                            .remote_rtcp = {"192.0.2.7", 4001},
                            .codecs = {{Codec::pcmu, 0, ""}, {Codec::pcma, 8, ""}},
                            .event_payload_type = 101};
  EXPECT_EQ(agreed->plan, expected);
}

TEST(AnswerOffer, StaticPayloadTypesNeedNoRtpmap) {
  const auto agreed = answer_offer(sdp({"m=audio 4000 RTP/AVP 9 8 0 18"}), us());
  ASSERT_TRUE(agreed);
  EXPECT_EQ(codecs_of(agreed->plan), (std::vector{Codec::g722, Codec::pcma, Codec::pcmu}));
  EXPECT_EQ(agreed->plan.event_payload_type, -1);
  EXPECT_EQ(agreed->answer.find("telephone-event"), std::string::npos);
}

TEST(AnswerOffer, KeepsTheOfferersNumbersAndOrder) {
  const auto agreed = answer_offer(
      sdp({"m=audio 4000 RTP/AVP 8 117 0 96 120", "a=rtpmap:117 OPUS/48000/2",
           "a=fmtp:117 maxaveragebitrate=20000;useinbandfec=1", "a=rtpmap:96 telephone-event/8000",
           "a=rtpmap:120 iLBC/8000"}),
      us());
  ASSERT_TRUE(agreed);
  const std::vector<AgreedCodec> expected = {
      {Codec::pcma, 8, ""},
      {Codec::opus, 117, "maxaveragebitrate=20000;useinbandfec=1"},
      {Codec::pcmu, 0, ""}};
  EXPECT_EQ(agreed->plan.codecs, expected);
  EXPECT_EQ(agreed->plan.event_payload_type, 96);
  EXPECT_TRUE(has_line(agreed->answer, "m=audio 20000 RTP/AVP 8 117 0 96"));
  EXPECT_TRUE(has_line(agreed->answer, "a=rtpmap:117 opus/48000/2"));
}

TEST(AnswerOffer, TakesOnlyWhatIsAllowedHere) {
  auto local = us();
  local.codecs = {Codec::pcma};
  const auto agreed = answer_offer(sdp({"m=audio 4000 RTP/AVP 0 8"}), local);
  ASSERT_TRUE(agreed);
  EXPECT_EQ(codecs_of(agreed->plan), std::vector{Codec::pcma});
  const auto refused = answer_offer(sdp({"m=audio 4000 RTP/AVP 0"}), local);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
}

TEST(AnswerOffer, TheEventClockFollowsTheCodecThatIsSent) {
  const std::initializer_list<std::string_view> opus_first = {
      "m=audio 4000 RTP/AVP 96 0 101 102", "a=rtpmap:96 opus/48000/2",
      "a=rtpmap:101 telephone-event/8000", "a=rtpmap:102 telephone-event/48000"};
  const auto opus = answer_offer(sdp(opus_first), us());
  ASSERT_TRUE(opus);
  EXPECT_EQ(opus->plan.event_payload_type, 102);
  EXPECT_EQ(opus->plan.event_clock, 48000);
  auto local = us();
  local.codecs = {Codec::pcmu};
  const auto narrow = answer_offer(sdp(opus_first), local);
  ASSERT_TRUE(narrow);
  EXPECT_EQ(narrow->plan.event_payload_type, 101);
  EXPECT_EQ(narrow->plan.event_clock, 8000);
}

TEST(AnswerOffer, DirectionsMeet) {
  struct Row {
    std::string_view theirs;
    Direction ours, agreed;
    std::string_view answer;
  };
  const Row rows[] = {
      {"sendrecv", Direction::send_recv, Direction::send_recv, "a=sendrecv"},
      {"sendonly", Direction::send_recv, Direction::recv_only, "a=recvonly"},
      {"recvonly", Direction::send_recv, Direction::send_only, "a=sendonly"},
      {"inactive", Direction::send_recv, Direction::inactive, "a=inactive"},
      {"sendrecv", Direction::send_only, Direction::send_only, "a=sendonly"},
      {"sendonly", Direction::send_only, Direction::inactive, "a=inactive"},
      {"recvonly", Direction::recv_only, Direction::inactive, "a=inactive"},
      {"sendrecv", Direction::inactive, Direction::inactive, "a=inactive"},
  };
  for (const auto& row : rows) {
    auto local = us();
    local.direction = row.ours;
    const std::string line = "a=" + std::string(row.theirs);
    const auto at_media = answer_offer(sdp({"m=audio 4000 RTP/AVP 0", line}), local);
    const auto at_top = answer_offer(sdp({line, "m=audio 4000 RTP/AVP 0"}), local);
    ASSERT_TRUE(at_media && at_top) << row.theirs;
    EXPECT_EQ(at_media->plan.direction, row.agreed) << row.theirs;
    EXPECT_EQ(at_top->plan, at_media->plan) << row.theirs;
    EXPECT_TRUE(has_line(at_media->answer, std::string(row.answer))) << at_media->answer;
  }
  const auto over = answer_offer(sdp({"a=inactive", "m=audio 4000 RTP/AVP 0", "a=sendrecv"}), us());
  EXPECT_EQ(over->plan.direction, Direction::send_recv) << "the m-line's own word wins";
}

TEST(AnswerOffer, ZeroAddressMeansHold) {
  const auto held = answer_offer(sdp({"m=audio 4000 RTP/AVP 0"}, "c=IN IP4 0.0.0.0"), us());
  ASSERT_TRUE(held);
  EXPECT_EQ(held->plan.direction, Direction::recv_only);
  EXPECT_TRUE(has_line(held->answer, "a=recvonly"));
  const auto held6 = answer_offer(sdp({"m=audio 4000 RTP/AVP 0"}, "c=IN IP6 ::"), us());
  ASSERT_TRUE(held6);
  EXPECT_EQ(held6->plan.direction, Direction::recv_only);
}

TEST(AnswerOffer, TheStreamsOwnAddressWins) {
  const auto agreed =
      answer_offer(sdp({"m=audio 4000 RTP/AVP 0", "c=IN IP6 2001:db8::9"}), us());
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->plan.remote, (MediaAddress{"2001:db8::9", 4000}));
}

TEST(AnswerOffer, WritesIp6Addresses) {
  auto local = us();
  local.address.ip = "2001:db8::1";
  const auto agreed = answer_offer(sdp({"m=audio 4000 RTP/AVP 0"}), local);
  ASSERT_TRUE(agreed);
  EXPECT_TRUE(has_line(agreed->answer, "c=IN IP6 2001:db8::1"));
}

TEST(AnswerOffer, AddressesThatAreNoHostAreRefused) {
  for (const auto* line : {"c=IN IP4 224.2.1.1/127", "c=IN IP4 255.255.255.255", "c=IN IP6 ff02::1",
                           "c=IN IP4 phone.example.com", "c=IN IP4 1.2.3", ""}) {
    const auto agreed = answer_offer(sdp({"m=audio 4000 RTP/AVP 0"}, line), us());
    ASSERT_FALSE(agreed) << line;
    EXPECT_EQ(agreed.error().code, Code::conflict) << line;
  }
}

TEST(AnswerOffer, FindsWhereRtcpGoes) {
  const auto next = answer_offer(sdp({"m=audio 4000 RTP/AVP 0"}), us());
  EXPECT_EQ(next->plan.remote_rtcp, (MediaAddress{"192.0.2.7", 4001}));
  const auto said = answer_offer(sdp({"m=audio 4000 RTP/AVP 0", "a=rtcp:5555"}), us());
  EXPECT_EQ(said->plan.remote_rtcp, (MediaAddress{"192.0.2.7", 5555}));
  const auto elsewhere = answer_offer(
      sdp({"m=audio 4000 RTP/AVP 0", "a=rtcp:5555 IN IP4 192.0.2.8"}), us());
  EXPECT_EQ(elsewhere->plan.remote_rtcp, (MediaAddress{"192.0.2.8", 5555}));
  const auto last = answer_offer(sdp({"m=audio 65535 RTP/AVP 0"}), us());
  EXPECT_EQ(last->plan.remote_rtcp.port, 0) << "no port after the last";
  const auto mux = answer_offer(sdp({"m=audio 4000 RTP/AVP 0", "a=rtcp-mux"}), us());
  EXPECT_TRUE(mux->plan.rtcp_mux);
  EXPECT_EQ(mux->plan.remote_rtcp.port, 4000);
  EXPECT_TRUE(has_line(mux->answer, "a=rtcp-mux"));
  auto local = us();
  local.rtcp_mux = false;
  const auto not_here = answer_offer(sdp({"m=audio 4000 RTP/AVP 0", "a=rtcp-mux"}), local);
  EXPECT_FALSE(not_here->plan.rtcp_mux);
  EXPECT_EQ(not_here->plan.remote_rtcp.port, 4001);
  EXPECT_FALSE(has_line(not_here->answer, "a=rtcp-mux"));
}

TEST(AnswerOffer, PacketLengthIsTheirsWhereWeCanSendIt) {
  struct Row {
    std::string_view ptime, maxptime;
    int expected_ms;
  };
  const Row rows[] = {{"20", "", 20},  {"40", "", 40},   {"60", "40", 40},
                      {"10", "", 10},  {"30", "", 20},   {"0", "", 20},
                      {"20", "10", 10}, {"20", "0", 20}, {"4294967316", "", 20},
                      {"-20", "", 20}, {"abc", "x", 20}, {"20", "150", 20}};
  for (const auto& row : rows) {
    const auto agreed = answer_offer(
        sdp({"m=audio 4000 RTP/AVP 0", "a=ptime:" + std::string(row.ptime),
             "a=maxptime:" + std::string(row.maxptime)}),
        us());
    ASSERT_TRUE(agreed);
    EXPECT_EQ(milliseconds(agreed->plan.ptime), row.expected_ms) << row.ptime << row.maxptime;
    EXPECT_TRUE(has_line(agreed->answer, "a=ptime:" + std::to_string(row.expected_ms)));
  }
}

TEST(AnswerOffer, RefusesOtherStreamsInTheirPlaces) {
  const auto agreed = answer_offer(
      sdp({"m=video 5000 RTP/AVP 96 97", "a=rtpmap:96 VP8/90000", "m=audio 0 RTP/AVP 0",
           "m=audio 4000 RTP/AVP 18", "m=audio 4002 RTP/AVP 8", "m=audio 4004 RTP/AVP 0",
           "m=image 6000 udptl t38", "m=application 7000 UDP/TLS/DTLS/SCTP webrtc-datachannel"}),
      us());
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->plan.remote.port, 4002);
  std::vector<std::string> lines;
  for (std::size_t at = 0; (at = agreed->answer.find("m=", at)) != std::string::npos; ++at) {
    lines.push_back(agreed->answer.substr(at, agreed->answer.find('\r', at) - at));
  }
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "m=video 0 RTP/AVP 96 97", "m=audio 0 RTP/AVP 0", "m=audio 0 RTP/AVP 18",
                       "m=audio 20000 RTP/AVP 8", "m=audio 0 RTP/AVP 0", "m=image 0 udptl t38",
                       "m=application 0 UDP/TLS/DTLS/SCTP webrtc-datachannel"}));
}

TEST(AnswerOffer, SdesIsTakenWhereItIsAsked) {
  const auto offer = sdp({"m=audio 4000 RTP/SAVP 0",
                          "a=crypto:1 AEAD_AES_256_GCM inline:abcd", k_key_line_80});
  const auto agreed = answer_offer(offer, secure(LocalStream::Security::optional_sdes));
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->plan.receive_key,
            (SrtpKey{SrtpKey::Suite::aes_cm_128_sha1_80, key_bytes(0), 3}));
  EXPECT_EQ(agreed->plan.send_key,
            (SrtpKey{SrtpKey::Suite::aes_cm_128_sha1_80, key_bytes(100), 3}));
  EXPECT_TRUE(has_line(agreed->answer, "m=audio 20000 RTP/SAVP 0"));
  EXPECT_TRUE(has_line(agreed->answer,
                       "a=crypto:3 AES_CM_128_HMAC_SHA1_80 "
                       "inline:ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CB"));
}

TEST(AnswerOffer, SecurityHasToFit) {
  using Security = LocalStream::Security;
  const auto plain_offer = sdp({"m=audio 4000 RTP/AVP 0"});
  const auto both_offer = sdp({"m=audio 4000 RTP/AVP 0", k_key_line_80});
  const auto secure_offer = sdp({"m=audio 4000 RTP/SAVP 0", k_key_line_80});
  const auto keyless_offer = sdp({"m=audio 4000 RTP/SAVP 0"});
  const auto keys = [](const std::string& offer, Security security) -> std::string {
    const auto agreed = answer_offer(offer, secure(security));
    if (!agreed) return "refused";
    return agreed->plan.send_key && agreed->plan.receive_key ? "srtp" : "plain";
  };
  EXPECT_EQ(keys(plain_offer, Security::plain), "plain");
  EXPECT_EQ(keys(plain_offer, Security::optional_sdes), "plain");
  EXPECT_EQ(keys(plain_offer, Security::require_sdes), "refused");
  EXPECT_EQ(keys(both_offer, Security::plain), "plain");
  EXPECT_EQ(keys(both_offer, Security::optional_sdes), "srtp");
  EXPECT_EQ(keys(both_offer, Security::require_sdes), "srtp");
  EXPECT_EQ(keys(secure_offer, Security::plain), "refused");
  EXPECT_EQ(keys(secure_offer, Security::optional_sdes), "srtp");
  EXPECT_EQ(keys(keyless_offer, Security::optional_sdes), "refused");
}

TEST(AnswerOffer, CryptoLinesWeCannotKeepArePassedOver) {
  const std::string key = "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";
  const std::string suite = "AES_CM_128_HMAC_SHA1_80 ";
  for (const auto& line :
       {"a=crypto:1 " + suite + key + "|2^31|1:4", "a=crypto:1 " + suite + key + "|1:4",
        "a=crypto:1 " + suite + key + ";" + key, "a=crypto:1 " + suite + key + " KDR=1",
        "a=crypto:1 " + suite + key + " UNENCRYPTED_SRTP", "a=crypto:1 " + suite + key + "A",
        "a=crypto:1 " + suite + "inline:AAEC", "a=crypto:1 " + suite, "a=crypto:x " + suite + key,
        "a=crypto:1 AES_CM_999 " + key, std::string("a=crypto"), std::string("a=crypto:"),
        "a=crypto:1 " + suite + "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka****",
        "a=crypto:99999999999 " + suite + key}) {
    const auto agreed = answer_offer(sdp({"m=audio 4000 RTP/SAVP 0", line}),
                                     secure(LocalStream::Security::optional_sdes));
    EXPECT_FALSE(agreed) << line;
  }
  EXPECT_TRUE(answer_offer(sdp({"m=audio 4000 RTP/SAVP 0", "a=crypto:1 " + suite + key +
                                                               "|2^20 WSH=128 -FUTURE=1"}),
                           secure(LocalStream::Security::optional_sdes)));
}

TEST(AnswerOffer, BareNewlinesAndUnknownLinesAreRead) {
  const auto agreed = answer_offer(
      "v=0\no=x\nz=who knows\nc=IN IP4 192.0.2.7\nm=audio 4000 RTP/AVPF 0\n\nb=AS:64\n", us());
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->plan.remote.port, 4000);
  EXPECT_TRUE(has_line(agreed->answer, "m=audio 20000 RTP/AVPF 0"));
}

TEST(Exchange, OfferAnswerAndPlansOfBothSidesAgree) {
  const auto caller = secure(LocalStream::Security::require_sdes);
  auto callee = secure(LocalStream::Security::optional_sdes);
  callee.address = {"203.0.113.5", 30000};
  callee.key_material = key_bytes(7);
  callee.codecs = {Codec::pcma, Codec::opus};
  const auto offer = make_offer(caller);
  const auto agreed = answer_offer(offer, callee);
  ASSERT_TRUE(agreed);
  const auto plan = accept_answer(offer, agreed->answer, caller);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->codecs.size(), 2u);
  EXPECT_EQ(plan->codecs[0].codec, Codec::opus);
  EXPECT_EQ(codecs_of(*plan), codecs_of(agreed->plan));
  EXPECT_EQ(plan->remote, callee.address);
  EXPECT_EQ(agreed->plan.remote, caller.address);
  EXPECT_TRUE(plan->rtcp_mux && agreed->plan.rtcp_mux);
  EXPECT_EQ(plan->send_key, agreed->plan.receive_key);
  EXPECT_EQ(plan->receive_key, agreed->plan.send_key);
  EXPECT_EQ(plan->event_clock, 48000);
  EXPECT_EQ(plan->event_payload_type, agreed->plan.event_payload_type);
}

TEST(Exchange, AStreamThatIsSecureIsOfferedSoAgain) {
  auto callee = secure(LocalStream::Security::optional_sdes);
  const auto agreed = answer_offer(make_offer(secure(LocalStream::Security::require_sdes)), callee);
  ASSERT_TRUE(agreed);
  callee.previous_sdp = agreed->answer;
  const auto offer = make_offer(callee);
  EXPECT_NE(offer.find("RTP/SAVP "), std::string::npos) << offer;
  EXPECT_NE(offer.find("a=crypto:1 "), std::string::npos) << offer;
}

TEST(Exchange, TheSecondSuiteHasAKeyOfItsOwn) {
  auto caller = secure(LocalStream::Security::require_sdes);
  caller.key_material = key_bytes(1, 60);
  const auto offer = make_offer(caller);
  auto answer = sdp({"m=audio 4000 RTP/SAVP 0",
                     "a=crypto:2 AES_CM_128_HMAC_SHA1_32 "
                     "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"});
  const auto plan = accept_answer(offer, answer, caller);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->send_key, (SrtpKey{SrtpKey::Suite::aes_cm_128_sha1_32, key_bytes(31), 2}));
  answer.replace(answer.find("crypto:2"), 8, "crypto:1");
  EXPECT_FALSE(accept_answer(offer, answer, caller)) << "tag 1 was the other suite";
}

TEST(AcceptAnswer, WhatIsNoAnswerToItIsRefused) {
  const auto local = us();
  const auto offer = make_offer(local);
  for (const auto& answer :
       {sdp({"m=audio 0 RTP/AVP 0"}), sdp({"m=audio 4000 RTP/AVP 18"}), sdp({}),
        sdp({"m=video 4000 RTP/AVP 0"}), sdp({"m=audio 4000 RTP/AVP 0"}, ""),
        sdp({"m=audio 4000 RTP/SAVP 0"})}) {
    EXPECT_FALSE(accept_answer(offer, answer, local)) << answer;
  }
  const auto required = secure(LocalStream::Security::require_sdes);
  const auto no_key =
      accept_answer(make_offer(required), sdp({"m=audio 4000 RTP/AVP 0"}), required);
  EXPECT_FALSE(no_key) << "never fall back from SRTP to plain";
}

TEST(AcceptAnswer, TheAnswerersFirstCodecIsSent) {
  const auto local = us();
  const auto plan = accept_answer(make_offer(local),
                                  sdp({"m=audio 4000 RTP/AVP 8 0 101", "a=sendonly",
                                       "a=rtpmap:101 telephone-event/8000"}),
                                  local);
  ASSERT_TRUE(plan);
  EXPECT_EQ(codecs_of(*plan), (std::vector{Codec::pcma, Codec::pcmu}));
  EXPECT_EQ(plan->direction, Direction::recv_only);
  EXPECT_EQ(plan->event_payload_type, 101);
  EXPECT_FALSE(plan->rtcp_mux);
}

TEST(MakeOffer, NamesEachCodecOnceInWishOrder) {
  auto local = us();
  local.codecs = {Codec::pcma, Codec::pcma, Codec::g722};
  const auto offer = make_offer(local);
  EXPECT_TRUE(has_line(offer, "m=audio 20000 RTP/AVP 8 9 101"));
  EXPECT_TRUE(has_line(offer, "a=rtpmap:9 G722/8000"));
  EXPECT_EQ(codecs_offered(offer), (std::vector{Codec::pcma, Codec::g722}));
}

TEST(MakeOffer, KeepsPlacesAndNumbersOfTheSdpBefore) {
  auto local = us();
  const auto agreed = answer_offer(
      sdp({"m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVP 101 110",
           "a=rtpmap:101 opus/48000/2", "a=rtpmap:110 telephone-event/8000"}),
      local);
  ASSERT_TRUE(agreed);
  local.previous_sdp = agreed->answer;
  local.session_version = 2;
  local.direction = Direction::send_only;
  local.codecs = {Codec::opus, Codec::pcmu};
  const auto offer = make_offer(local);
  EXPECT_LT(offer.find("m=video 0 RTP/AVP 96\r\n"), offer.find("m=audio 20000 "));
  EXPECT_TRUE(has_line(offer, "m=audio 20000 RTP/AVP 101 0 110 102")) << offer;
  EXPECT_TRUE(has_line(offer, "a=rtpmap:101 opus/48000/2"));
  EXPECT_TRUE(has_line(offer, "a=rtpmap:110 telephone-event/8000"));
  EXPECT_TRUE(has_line(offer, "a=sendonly"));
  EXPECT_TRUE(has_line(offer, "o=- 77 2 IN IP4 198.51.100.1"));
  const auto plan = accept_answer(
      offer, sdp({"m=video 0 RTP/AVP 96", "m=audio 4000 RTP/AVP 0", "a=recvonly"}), local);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->direction, Direction::send_only);
}

TEST(CodecsOffered, AreTheirsInTheirOrder) {
  EXPECT_EQ(codecs_offered(sdp({"m=audio 4000 RTP/AVP 9 18 0 96", "a=rtpmap:96 opus/48000/2"})),
            (std::vector{Codec::g722, Codec::pcmu, Codec::opus}));
  EXPECT_TRUE(codecs_offered("hello").empty());
}

// ---- Hostile SDP: never more than an error ----

std::string repeated(std::string_view line, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text.append(line).append("\r\n");
  return text;
}

TEST(HostileSdp, SizesAndCountsAreBounded) {
  EXPECT_FALSE(answer_offer(sdp({repeated("m=audio 4000 RTP/AVP 0", 1000)}), us()));
  EXPECT_FALSE(answer_offer(sdp({"a=" + std::string(64 * 1024, 'x')}), us()));
  EXPECT_TRUE(answer_offer(sdp({"m=audio 4000 RTP/AVP 0", repeated("a=x", 10'000 / 5)}), us()))
      << "attributes beyond the bound are ignored";
  EXPECT_TRUE(answer_offer(sdp({"m=audio 4000 RTP/AVP 0", repeated(k_key_line_80, 100)}),
                           secure(LocalStream::Security::optional_sdes)));
  std::string formats;
  for (int i = 0; i < 5000; ++i) formats += " 0";
  const auto many = answer_offer(sdp({"m=audio 4000 RTP/AVP" + formats}), us());
  ASSERT_TRUE(many);
  EXPECT_EQ(many->plan.codecs.size(), 1u);
}

TEST(HostileSdp, NumbersOutOfRangeAreNoNumbers) {
  for (const auto* number : {"-1", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
                             "9223372036854775808", "123456789012345678901234567890", "0x10", "",
                             "1e3", "+5"}) {
    const std::string n = number;
    EXPECT_FALSE(answer_offer(sdp({"m=audio " + n + " RTP/AVP 0"}), us())) << n;
    EXPECT_FALSE(answer_offer(sdp({"m=audio 4000 RTP/AVP " + n}), us())) << n;
    const auto map = answer_offer(
        sdp({"m=audio 4000 RTP/AVP 0 96", "a=rtpmap:" + n + " PCMA/8000", "a=fmtp:" + n + " x",
             "a=rtpmap:96 PCMA/" + n, "a=rtcp:" + n}),
        us());
    ASSERT_TRUE(map) << n;
    EXPECT_EQ(codecs_of(map->plan), std::vector{Codec::pcmu}) << n;
  }
  EXPECT_TRUE(answer_offer(sdp({"m=audio 0000004000 RTP/AVP 0"}), us()));
}

TEST(HostileSdp, WhatIsNoSdpIsInvalid) {
  const std::string nul("v=0\r\nm=audio 4000 RTP/AVP 0\0x\r\n", 32);
  for (const auto& text : {std::string(), std::string("\r\n"), std::string("v=1\r\n"),
                           std::string("hello"), sdp({"m"}), sdp({"mx"}), sdp({"m="}),
                           sdp({"m=audio"}), sdp({"m=audio 4000"}), sdp({"c=IN"}, ""),
                           sdp({"m=audio 1 RTP/AVP 0\rm=video 1 RTP/AVP 0"}), nul}) {
    const auto agreed = answer_offer(text, us());
    ASSERT_FALSE(agreed) << text;
    EXPECT_EQ(agreed.error().code, Code::invalid) << text;
    EXPECT_FALSE(agreed.error().detail.empty());
  }
}

TEST(HostileSdp, NothingInCommonIsAConflict) {
  for (const auto& text :
       {sdp({}), sdp({"m=audio 0 RTP/AVP 0"}), sdp({"m=audio 4000 RTP/AVP"}),
        sdp({"m=audio 4000 UDP/TLS/RTP/SAVPF 0"}), sdp({"m=image 4000 udptl t38"}),
        sdp({"m=audio 4000 RTP/AVP 72 73", "a=rtpmap:72 PCMU/8000"}),
        sdp({"m=audio 4000 RTP/AVP 0", "a=rtpmap:0 red/8000"})}) {
    const auto agreed = answer_offer(text, us());
    ASSERT_FALSE(agreed) << text;
    EXPECT_EQ(agreed.error().code, Code::conflict) << text;
  }
}

TEST(HostileSdp, DamagedOffersNeverCrashAndAnswersStayReadable) {
  const auto good = sdp({"m=audio 4000 RTP/SAVP 96 0 8 101", "a=rtpmap:96 opus/48000/2",
                         "a=fmtp:96 useinbandfec=1", "a=rtpmap:101 telephone-event/8000",
                         k_key_line_80, "a=rtcp:4001 IN IP4 192.0.2.7", "a=ptime:20", "a=sendonly",
                         "m=video 5000 RTP/AVP 97"});
  Random random(20);
  int agreed_count = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto text = good;
    for (auto changes = 1 + random.below(4); changes > 0; --changes) {
      const auto at = random.below(text.size());
      switch (random.below(4)) {
        case 0: text[at] = static_cast<char>(random.below(256)); break;
        case 1: text.erase(at, random.below(8)); break;
        case 2: text.insert(at, text.substr(random.below(text.size()), random.below(40))); break;
        default: text.resize(at + 1); break;
      }
      if (text.empty()) text = "v";
    }
    const auto agreed = answer_offer(text, secure(LocalStream::Security::optional_sdes));
    if (!agreed) continue;
    agreed_count += 1;
    // Whatever was taken over, what we say is an SDP that gives our own address and codecs again.
    auto reader = secure(LocalStream::Security::optional_sdes);
    const auto again = answer_offer(agreed->answer, reader);
    ASSERT_TRUE(again) << text << "\n----\n" << agreed->answer;
    ASSERT_EQ(again->plan.remote, us().address);
    ASSERT_EQ(codecs_of(again->plan), codecs_of(agreed->plan));
  }
  EXPECT_GT(agreed_count, 1000);
}

}  // namespace
}  // namespace firstring::media
