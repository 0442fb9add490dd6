// HTTPS: the same server behind TLS, and clients that break off the handshake.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>

#include "http/server.h"
#include "http/test_client.h"

namespace firstring::http {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* one) const { Free(one); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

// A certificate for itself, good for an hour, in two PEM files.
void write_certificate(const std::string& certificate_file, const std::string& key_file) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  std::FILE* file = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
  file = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

class HttpsServer : public testing::Test {
 protected:
  HttpsServer() {
    const auto base = std::filesystem::temp_directory_path() /
                      ("firstring-tls-" + std::to_string(::getpid()));
    certificate_ = base.string() + ".crt";
    key_ = base.string() + ".key";
    write_certificate(certificate_, key_);
    server_ = Server::start({.certificate_file = certificate_, .key_file = key_,
                             .header_within = 200ms},
                            {[](Request request, std::unique_ptr<Responder> responder) {
                               responder->respond({.body = "over TLS: " + request.path +
                                                           std::string(200'000, '.')});
                             },
                             {}}).value();
  }
  ~HttpsServer() override {
    std::filesystem::remove(certificate_);
    std::filesystem::remove(key_);
  }
  std::string ask(const std::string& request, int version_max = 0) {
    TestClient client(server_->port());
    const std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
    if (version_max) SSL_CTX_set_max_proto_version(context.get(), version_max);
    const std::unique_ptr<SSL, Freed<SSL_free>> tls(SSL_new(context.get()));
    SSL_set_fd(tls.get(), client.fd());
    if (SSL_connect(tls.get()) != 1) return "no handshake";
    SSL_write(tls.get(), request.data(), static_cast<int>(request.size()));
    std::string answer;
    char bytes[16384];
    for (int got; (got = SSL_read(tls.get(), bytes, sizeof bytes)) > 0;) {
      answer.append(bytes, static_cast<std::size_t>(got));
    }
    return answer;
  }
  std::string certificate_, key_;
  std::unique_ptr<Server> server_;
};

TEST_F(HttpsServer, AnswersAndAsksForTlsFromNowOn) {
  const auto answer = ask("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), "over TLS: /x" + std::string(200'000, '.'));
  EXPECT_NE(answer.find("Strict-Transport-Security: "), std::string::npos);
}

TEST_F(HttpsServer, OldVersionsAreRefused) {
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n", TLS1_1_VERSION), "no handshake");
}

TEST_F(HttpsServer, BrokenHandshakesHurtNobody) {
  for (const std::string bytes : {"", "\x16", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                                  "GET / HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    TestClient polite(server_->port()), rude(server_->port()), silent(server_->port());
    for (auto* client : {&polite, &rude, &silent}) client->send(bytes);
    polite.half_close();
    rude.reset();
    polite.read_to_end();
    silent.read_to_end();
    EXPECT_TRUE(silent.closed_by_server());
  }
  EXPECT_EQ(status_of(ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")), 200);
}

}  // namespace
}  // namespace firstring::http
