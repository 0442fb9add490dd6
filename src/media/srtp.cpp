#include "media/srtp.h"

#include <srtp2/srtp.h>

#include <algorithm>

#include "media/rtp.h"
#include "media/sdes.h"

namespace firstring::media {

namespace {

constexpr unsigned long k_replay_window = 256;  // packets; a relay may bring them out of order
constexpr std::size_t k_rtcp_header_bytes = 8;

// libsrtp wants to be started once in a process. The first user does it.
bool library_ready() {
  static const bool ready = srtp_init() == srtp_err_status_ok;
  return ready;
}

SrtpSide::Verdict verdict_of(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_ok: return SrtpSide::Verdict::ok;
    case srtp_err_status_auth_fail: return SrtpSide::Verdict::not_authentic;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old: return SrtpSide::Verdict::replayed;
    case srtp_err_status_bad_param:
    case srtp_err_status_parse_err: return SrtpSide::Verdict::malformed;
    default: return SrtpSide::Verdict::failed;  // a list of libsrtp's, which may grow
  }
}

using Transform = srtp_err_status_t (*)(srtp_t, void*, int*);

SrtpSide::Verdict apply(Transform transform, srtp_t context, std::span<std::uint8_t> buffer,
                        std::size_t& size) {
  int length = static_cast<int>(size);
  const auto verdict = verdict_of(transform(context, buffer.data(), &length));
  if (verdict == SrtpSide::Verdict::ok) size = static_cast<std::size_t>(length);
  return verdict;
}

}  // namespace

void SrtpSide::Free::operator()(srtp_ctx_t_* context) const { srtp_dealloc(context); }

Result<SrtpSide> SrtpSide::create(const SrtpKey& key, Direction direction) {
  if (key.key_and_salt.size() != k_srtp_key_bytes) {
    return Error{Code::invalid, "An SRTP key has 30 bytes, salt included."};
  }
  if (!library_ready()) return Error{Code::internal, "libsrtp does not start."};
  srtp_policy_t policy{};
  // SRTCP has the long tag with either suite (RFC 4568 §6.2.2).
  srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
  if (key.suite == SrtpKey::Suite::aes_cm_128_sha1_80) {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
  } else {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
  }
  policy.ssrc.type = direction == Direction::send ? ssrc_any_outbound : ssrc_any_inbound;
  auto key_copy = key.key_and_salt;  // libsrtp takes a pointer that is not const
  policy.key = key_copy.data();
  policy.window_size = k_replay_window;
  srtp_t context = nullptr;
  if (srtp_create(&context, &policy) != srtp_err_status_ok) {
    return Error{Code::limit, "No memory for SRTP."};
  }
  SrtpSide side;
  side.context_.reset(context);
  return side;
}

SrtpSide::Verdict SrtpSide::protect_rtp(std::span<std::uint8_t> buffer, std::size_t& size) {
  if (size < k_rtp_header_bytes || buffer.size() < size + k_srtp_room) return Verdict::malformed;
  return apply(srtp_protect, context_.get(), buffer, size);
}

SrtpSide::Verdict SrtpSide::protect_rtcp(std::span<std::uint8_t> buffer, std::size_t& size) {
  if (size < k_rtcp_header_bytes || buffer.size() < size + k_srtp_room) return Verdict::malformed;
  return apply(srtp_protect_rtcp, context_.get(), buffer, size);
}

SrtpSide::Verdict SrtpSide::unprotect_rtp(std::span<std::uint8_t> buffer, std::size_t& size) {
  if (size < k_rtp_header_bytes || size > buffer.size()) return Verdict::malformed;
  const auto ssrc = read_u32(buffer.data() + 8);
  if (!admits(ssrc)) return Verdict::malformed;
  const auto verdict = apply(srtp_unprotect, context_.get(), buffer, size);
  if (verdict == Verdict::ok) admit(ssrc);
  return verdict;
}

SrtpSide::Verdict SrtpSide::unprotect_rtcp(std::span<std::uint8_t> buffer, std::size_t& size) {
  if (size < k_rtcp_header_bytes || size > buffer.size()) return Verdict::malformed;
  const auto ssrc = read_u32(buffer.data() + 4);
  if (!admits(ssrc)) return Verdict::malformed;
  const auto verdict = apply(srtp_unprotect_rtcp, context_.get(), buffer, size);
  if (verdict == Verdict::ok) admit(ssrc);
  return verdict;
}

bool SrtpSide::admits(std::uint32_t ssrc) const {
  const auto end = ssrcs_.begin() + static_cast<std::ptrdiff_t>(ssrc_count_);
  return ssrc_count_ < k_ssrc_max || std::find(ssrcs_.begin(), end, ssrc) != end;
}

void SrtpSide::admit(std::uint32_t ssrc) {
  const auto end = ssrcs_.begin() + static_cast<std::ptrdiff_t>(ssrc_count_);
  if (std::find(ssrcs_.begin(), end, ssrc) == end) ssrcs_[ssrc_count_++] = ssrc;
}

}  // namespace firstring::media
