#include "sip/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <initializer_list>
#include <utility>

#include "base/assert.h"
#include "sip/hex.h"
#include "sip/scan.h"
#include "sip/slices.h"
#include "sip/user_agent.h"

namespace firstring::sip {
namespace {

// The hash of `parts` with colons between them, as lower-case hex.
std::string hash(DigestAlgorithm algorithm, std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part).push_back(':');
  text.pop_back();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  const EVP_MD* kind = algorithm == DigestAlgorithm::sha256 ? EVP_sha256() : EVP_md5();
  ASSERT(EVP_Digest(text.data(), text.size(), digest.data(), &size, kind, nullptr) == 1);
  return to_hex(std::span(digest).first(size));
}

struct Question {
  std::string_view method, uri, nonce, nc, cnonce;
  bool has_qop = true;
};

// RFC 7616 §3.4.1; without qop as in RFC 2069.
std::string response_to(DigestAlgorithm algorithm, std::string_view ha1, const Question& q) {
  const std::string ha2 = hash(algorithm, {q.method, q.uri});
  if (!q.has_qop) return hash(algorithm, {ha1, q.nonce, ha2});
  return hash(algorithm, {ha1, q.nonce, q.nc, q.cnonce, "auth", ha2});
}

std::optional<DigestAlgorithm> algorithm_of(std::string_view text) {
  if (text.empty() || equals_ignoring_case(text, "MD5")) return DigestAlgorithm::md5;
  if (equals_ignoring_case(text, "SHA-256")) return DigestAlgorithm::sha256;
  return std::nullopt;
}

std::string_view* field_of(DigestFields& fields, std::string_view name) {
  const std::pair<std::string_view, std::string_view*> known[] = {
      {"realm", &fields.realm},         {"nonce", &fields.nonce}, {"opaque", &fields.opaque},
      {"algorithm", &fields.algorithm}, {"qop", &fields.qop},     {"stale", &fields.stale},
      {"username", &fields.username},   {"uri", &fields.uri},     {"response", &fields.response},
      {"cnonce", &fields.cnonce},       {"nc", &fields.nc},
  };
  for (const auto& [text, field] : known) {
    if (equals_ignoring_case(text, name)) return field;
  }
  return nullptr;
}

// Clients write the uri with or without port and parameters, and yet mean the same.
bool is_same_target(std::string_view a_text, std::string_view b_text) {
  if (a_text == b_text) return true;
  Uri a, b;
  if (!read_uri(a_text, a) || !read_uri(b_text, b)) return false;
  const auto port_of = [](const Uri& uri) {
    return uri.port != 0 ? uri.port : static_cast<std::uint16_t>(uri.is_sips ? 5061 : 5060);
  };
  return equals_ignoring_case(a.scheme, b.scheme) && unescape(a.user) == unescape(b.user) &&
         equals_ignoring_case(a.host, b.host) && port_of(a) == port_of(b) && !a.host.empty();
}

std::optional<std::uint32_t> count_of(std::string_view nc) {
  if (nc.size() != 8 || !all_of_class(nc, k_hex_char)) return std::nullopt;
  std::uint32_t count = 0;
  for (const char c : nc) {
    const char lower = to_lower(c);
    count = count << 4 | static_cast<std::uint32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  return count;
}

bool lists_auth(std::string_view qop) {
  Scanner scanner(qop);
  while (!scanner.at_end()) {
    if (equals_ignoring_case(take_list_element(scanner), "auth")) return true;
  }
  return false;
}

// May be repeated in a header line of ours.
bool is_clean(std::string_view text) {
  constexpr std::size_t k_bytes_max = 1'000;
  if (text.size() > k_bytes_max) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

}  // namespace

Ha1 make_ha1(std::string_view user, std::string_view realm, std::string_view password) {
  return {hash(DigestAlgorithm::sha256, {user, realm, password}),
          hash(DigestAlgorithm::md5, {user, realm, password})};
}

std::optional<DigestFields> parse_digest(std::string_view value) {
  Scanner scanner(value);
  scanner.skip_space();
  if (!equals_ignoring_case(scanner.take_token(), "Digest")) return std::nullopt;
  DigestFields fields;
  while (true) {
    scanner.skip_space();
    const std::string_view name = scanner.take_token();
    scanner.skip_space();
    if (name.empty() || !scanner.take('=')) return std::nullopt;
    scanner.skip_space();
    std::string_view text;
    if (scanner.peek() == '"') {
      if (!scanner.take_quoted(text)) return std::nullopt;
    } else {
      text = scanner.take_token();
      if (text.empty()) return std::nullopt;
    }
    if (std::string_view* field = field_of(fields, name)) {
      if (field->data() != nullptr) return std::nullopt;
      *field = text;
    }
    scanner.skip_space();
    if (scanner.at_end()) return fields;
    if (!scanner.take(',')) return std::nullopt;
  }
}

DigestOffer offer_for(const Message& request) {
  const std::string_view agent = request.first(HeaderName::user_agent);
  if (agent.starts_with("SIPp")) return DigestOffer::md5_only;
  constexpr std::string_view k_baresip = "baresip v";
  if (!agent.starts_with(k_baresip)) return DigestOffer::sha256_and_md5;
  Scanner version(agent.substr(k_baresip.size()));
  const auto major = parse_number(version.take_class(k_digit_char));
  version.take('.');
  const auto minor = parse_number(version.take_class(k_digit_char));
  const bool knows_sha256 = major && minor && (*major > 3 || (*major == 3 && *minor >= 11));
  return knows_sha256 ? DigestOffer::sha256_and_md5 : DigestOffer::md5_only;
}

Digest::Digest(const Clock& clock, std::string key, DigestOptions options)
    : options_(std::move(options)),
      nobody_(make_ha1("", options_.realm, key)),
      nonces_(clock, std::move(key), options_.nonces) {
  ASSERT(!options_.realm.empty());
  ASSERT(options_.realm.find_first_of("\"\\\r\n") == std::string::npos);
}

bool Digest::is_well_formed(const Message& request, const DigestFields& fields) const {
  const auto algorithm = algorithm_of(fields.algorithm);
  if (!algorithm) return false;
  if (*algorithm == DigestAlgorithm::md5 && !options_.accept_md5) return false;
  if (fields.username.empty() || fields.username.size() > 128) return false;
  // Without qop: RFC 2069, which some devices still speak. Such a nonce is good for once.
  if (!fields.qop.empty() && (!equals_ignoring_case(fields.qop, "auth") ||
                              !count_of(fields.nc) || fields.cnonce.empty())) {
    return false;
  }
  return is_same_target(fields.uri, request.request_uri());
}

Login Digest::check(const Message& request, const FindHa1& find_ha1) {
  using Outcome = Login::Outcome;
  const HeaderName header =
      options_.as_proxy ? HeaderName::proxy_authorization : HeaderName::authorization;
  std::optional<DigestFields> ours;
  for (const Header& line : request.headers()) {
    if (line.name != header) continue;
    const auto fields = parse_digest(line.value);
    if (!fields || fields->realm != options_.realm) continue;  // for somebody else
    if (ours) return {Outcome::refused, std::string(ours->username.substr(0, 128))};
    ours = fields;
  }
  if (!ours) return {};
  Login login{Outcome::refused, std::string(ours->username.substr(0, 128))};
  if (!is_well_formed(request, *ours)) return login;

  const auto algorithm = *algorithm_of(ours->algorithm);
  const auto stored = find_ha1(ours->username);
  const Ha1& ha1 = stored ? *stored : nobody_;
  const bool has_qop = !ours->qop.empty();
  const std::string expected =
      response_to(algorithm, algorithm == DigestAlgorithm::sha256 ? ha1.sha256 : ha1.md5,
                  {.method = request.method_text(),
                   .uri = ours->uri,
                   .nonce = ours->nonce,
                   .nc = ours->nc,
                   .cnonce = ours->cnonce,
                   .has_qop = has_qop});
  // Upper-case digits are wrong and yet meant well; a right answer has one size only.
  std::string given;
  if (ours->response.size() == expected.size()) {
    for (const char c : ours->response) given.push_back(to_lower(c));
  } else {
    given.assign(expected.size(), '\0');
  }
  const bool right = CRYPTO_memcmp(expected.data(), given.data(), expected.size()) == 0;
  if (!right || !stored) return login;
  const std::uint32_t count = has_qop ? *count_of(ours->nc) : 1;
  login.outcome = nonces_.use(ours->nonce, options_.realm, count) ? Outcome::granted
                                                                 : Outcome::stale;
  return login;
}

std::string Digest::challenge(bool stale, DigestOffer offer) {
  const bool md5 = options_.accept_md5 && offer != DigestOffer::sha256_only;
  const bool sha256 = !md5 || offer != DigestOffer::md5_only;
  const std::string nonce = nonces_.make(options_.realm);
  std::string lines;
  for (const std::string_view algorithm : {"SHA-256", "MD5"}) {
    if (!(algorithm == "MD5" ? md5 : sha256)) continue;
    lines += options_.as_proxy ? "Proxy-Authenticate" : "WWW-Authenticate";
    lines += ": Digest realm=\"" + options_.realm + "\", nonce=\"" + nonce + "\"";
    if (stale) lines += ", stale=true";
    lines += ", algorithm=";
    lines += algorithm;
    lines += ", qop=\"auth\"\r\n";
  }
  return lines;
}

DigestLogin::DigestLogin(const Credentials& credentials)
    : only_realm_(credentials.realm), user_(credentials.user), password_(credentials.password) {}

std::optional<std::string> DigestLogin::answer(const Message& response, std::string_view method,
                                               std::string_view uri, std::string_view cnonce) {
  constexpr int k_answers_max = 2;
  if (response.status() != 401 && response.status() != 407) return std::nullopt;
  if (user_.empty() || answered_ == k_answers_max) return std::nullopt;
  const std::string last_realm = realm_;
  const bool was_proxy = is_proxy_;
  if (!adopt(response)) return std::nullopt;
  // The same question again, and the nonce not at fault: our password is. More tries would only
  // help somebody who collects answers.
  const bool same_question = realm_ == last_realm && is_proxy_ == was_proxy;
  if (answered_ > 0 && same_question && !is_stale_) return std::nullopt;
  ++answered_;
  return make_line(method, uri, cnonce);
}

std::optional<std::string> DigestLogin::repeat(std::string_view method, std::string_view uri,
                                               std::string_view cnonce) {
  if (nonce_.empty()) return std::nullopt;
  return make_line(method, uri, cnonce);
}

// Takes the best challenge that we can answer: SHA-256 before MD5.
bool DigestLogin::adopt(const Message& response) {
  const bool proxy = response.status() == 407;
  const HeaderName header =
      proxy ? HeaderName::proxy_authenticate : HeaderName::www_authenticate;
  std::optional<DigestFields> best;
  for (const Header& line : response.headers()) {
    if (line.name != header) continue;
    const auto fields = parse_digest(line.value);
    if (!fields || fields->nonce.empty() || fields->realm.empty()) continue;
    if (!only_realm_.empty() && fields->realm != only_realm_) continue;
    if (!is_clean(fields->realm) || !is_clean(fields->nonce) || !is_clean(fields->opaque)) continue;
    if (!algorithm_of(fields->algorithm)) continue;
    if (!fields->qop.empty() && !lists_auth(fields->qop)) continue;
    const bool better =
        !best || (algorithm_of(best->algorithm) == DigestAlgorithm::md5 &&
                  algorithm_of(fields->algorithm) == DigestAlgorithm::sha256);
    if (better) best = fields;
  }
  if (!best) return false;
  if (nonce_ != best->nonce) count_ = 0;
  realm_ = best->realm;
  nonce_ = best->nonce;
  opaque_ = best->opaque;
  algorithm_ = *algorithm_of(best->algorithm);
  algorithm_text_ = best->algorithm;
  has_qop_ = !best->qop.empty();
  is_stale_ = equals_ignoring_case(best->stale, "true");
  is_proxy_ = proxy;
  return true;
}

std::string DigestLogin::make_line(std::string_view method, std::string_view uri,
                                   std::string_view cnonce) {
  ASSERT(!cnonce.empty() && cnonce.find_first_of("\"\\\r\n") == std::string_view::npos);
  char nc[9];
  std::snprintf(nc, sizeof nc, "%08x", ++count_);
  const std::string ha1 = hash(algorithm_, {user_, realm_, password_});
  const std::string response = response_to(algorithm_, ha1,
                                           {.method = method,
                                            .uri = uri,
                                            .nonce = nonce_,
                                            .nc = nc,
                                            .cnonce = cnonce,
                                            .has_qop = has_qop_});
  std::string line = is_proxy_ ? "Proxy-Authorization" : "Authorization";
  const auto add = [&line](std::string_view name, std::string_view value, bool quoted) {
    line += line.back() == ' ' ? "" : ", ";
    line.append(name).append(quoted ? "=\"" : "=").append(value).append(quoted ? "\"" : "");
  };
  line += ": Digest ";
  add("username", user_, true);
  add("realm", realm_, true);
  add("nonce", nonce_, true);
  add("uri", uri, true);
  add("response", response, true);
  if (!algorithm_text_.empty()) add("algorithm", algorithm_text_, false);
  if (!opaque_.empty()) add("opaque", opaque_, true);
  if (has_qop_) {
    add("qop", "auth", false);
    add("nc", nc, false);
    add("cnonce", cnonce, true);
  }
  line += "\r\n";
  return line;
}

}  // namespace firstring::sip
