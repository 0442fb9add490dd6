#include "sip/certificate.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>

#include "sip/address.h"

namespace firstring::sip {
namespace {

template <auto Free>
struct FreedBy {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, FreedBy<BIO_free>>;

constexpr long k_valid_s = 10L * 365 * 24 * 3600;

Error openssl_error(const std::string& what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return {Code::io, what + ": " + text.data()};
}

bool add_extension(X509& certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

// "DNS:localhost,IP:127.0.0.1,…". A name with a comma could add entries of its own: left out.
std::string alternative_names(const std::vector<std::string>& names) {
  std::string list = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const std::string& name : names) {
    if (name.empty() || name.find_first_of(", \t\r\n") != std::string::npos) continue;
    list += (Address::parse(name, 0) ? ",IP:" : ",DNS:") + name;
  }
  return list;
}

Certificate self_signed(EVP_PKEY& key, const std::vector<std::string>& names) {
  Certificate certificate(X509_new());
  std::uint64_t serial = 0;
  if (!certificate || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) {
    return nullptr;
  }
  X509* const x509 = certificate.get();
  X509_NAME* const name = X509_get_subject_name(x509);
  const auto* common_name = reinterpret_cast<const unsigned char*>("firstring");
  const bool good =
      X509_set_version(x509, X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(x509), -3600) != nullptr &&  // clocks differ
      X509_gmtime_adj(X509_getm_notAfter(x509), k_valid_s) != nullptr &&
      X509_set_pubkey(x509, &key) == 1 &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
      X509_set_issuer_name(x509, name) == 1 &&
      add_extension(*x509, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(*x509, NID_key_usage, "critical,digitalSignature") &&
      add_extension(*x509, NID_ext_key_usage, "serverAuth,clientAuth") &&
      add_extension(*x509, NID_subject_alt_name, alternative_names(names)) &&
      X509_sign(x509, &key, EVP_sha256()) > 0;
  return good ? std::move(certificate) : nullptr;
}

// Whole or not at all: written beside its place and moved there.
Result<void> write_file(const std::string& path, BIO& bytes, mode_t mode) {
  const std::string beside = path + ".new";
  unlink(beside.c_str());
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return Error{Code::io, "cannot write " + beside + ": " + std::strerror(errno)};
  char* text = nullptr;
  const long size = BIO_get_mem_data(&bytes, &text);
  const bool written = write(fd, text, static_cast<std::size_t>(size)) == size && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (written && rename(beside.c_str(), path.c_str()) == 0) return {};
  const std::string reason = std::strerror(written ? errno : error);
  unlink(beside.c_str());
  return Error{Code::io, "cannot write " + path + ": " + reason};
}

bool is_readable(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

}  // namespace

Result<CertificateFiles> ensure_certificate(const std::string& folder,
                                            const std::vector<std::string>& names) {
  const CertificateFiles files{.certificate_file = folder + "/server.crt",
                               .key_file = folder + "/server.key"};
  if (is_readable(files.certificate_file) && is_readable(files.key_file)) return files;

  const Key key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error("no EC key");
  const Certificate certificate = self_signed(*key, names);
  if (!certificate) return openssl_error("no self-signed certificate");

  const Bio key_text(BIO_new(BIO_s_mem())), certificate_text(BIO_new(BIO_s_mem()));
  if (!key_text || !certificate_text ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1) {
    return openssl_error("no PEM");
  }
  // The key first: a certificate without its key would be taken for complete by nobody.
  TRY(write_file(files.key_file, *key_text, 0600));
  TRY(write_file(files.certificate_file, *certificate_text, 0644));
  return files;
}

Result<WallTime> certificate_expiry(const std::string& certificate_file) {
  const Bio file(BIO_new_file(certificate_file.c_str(), "r"));
  if (!file) return openssl_error("cannot read " + certificate_file);
  const Certificate certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
  if (!certificate) return openssl_error("no certificate in " + certificate_file);
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return openssl_error("no end of validity in " + certificate_file);
  }
  return WallTime{static_cast<std::int64_t>(timegm(&end)) * 1'000'000'000};
}

}  // namespace firstring::sip
